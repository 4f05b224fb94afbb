-- Passkeys of customers (docs/adr/0026). external_id: the browser that added it, an identity on the network "site": a passkey
-- goes where that one goes when persons are joined or parted. credential: its id, base64url; host: the relying party, the only
-- one at which browsers offer it; handle: by which the device knows its account, chosen by chance; public_key:
-- SubjectPublicKeyInfo; algorithm: of COSE; counter: of the device, 0 where it keeps none. used_at: 0, never.
CREATE TABLE passkey (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    host TEXT NOT NULL,
    handle TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    algorithm BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    transports TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, credential)
);
CREATE INDEX passkey_identity ON passkey (brand_id, external_id);

-- What a browser is asked to sign: once, of use to this guest alone. adds: 1 for a new passkey, whose handle is to be this.
-- hash: keyed.
CREATE TABLE passkey_ask (
    brand_id BIGINT NOT NULL,
    guest_id BIGINT NOT NULL,
    adds BIGINT NOT NULL,
    hash TEXT NOT NULL,
    handle TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, guest_id, adds)
);
CREATE INDEX passkey_ask_expires ON passkey_ask (brand_id, expires_at);
