-- Who signs in on the care site through a network writes a short code to us there. hash: of the code, with a key that lies
-- outside the database; guest_id: the browser it is for. used_at, network, external_id: the account that wrote it.
CREATE TABLE proof (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    guest_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, hash)
);
CREATE INDEX proof_guest ON proof (brand_id, guest_id);
CREATE INDEX proof_expires ON proof (brand_id, expires_at);

-- When they last showed who they are; 0: never.
ALTER TABLE guest ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
