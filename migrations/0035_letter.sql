-- Small e-mails that the house itself writes (docs/adr/0021): no messages of a conversation. One waits here until it went.
-- content: sealed; to whom, and what its kind says. until_at: afterwards it is worth nothing any more.
CREATE TABLE letter (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    content BYTEA NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    claimed_by BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX letter_due ON letter (brand_id, state, next_at);

-- Who shows that an address is theirs: six digits or a link that went there. Keyed hashes; address: sealed. guest_id: the
-- browser it is for. follow: 1 when they want to be told there once it is shown.
CREATE TABLE letter_code (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    guest_id BIGINT NOT NULL,
    network TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    address BYTEA NOT NULL,
    code_hash TEXT NOT NULL,
    link_hash TEXT NOT NULL,
    follow BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, link_hash)
);
CREATE INDEX letter_code_guest ON letter_code (brand_id, guest_id);
CREATE INDEX letter_code_address ON letter_code (brand_id, address_hash, id);

-- "We follow you": where somebody wants to be told that one of us wrote to them. The way is an identity of theirs (network,
-- external_id), so it goes with them when persons are joined or parted. confirmed_at: they showed that an address is theirs
-- (0: the network itself vouches for it). told_at: a notice went out and they were not here since; 0: none is out.
CREATE TABLE notice (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    wanted BIGINT NOT NULL,
    words BIGINT NOT NULL,
    nights BIGINT NOT NULL,
    language TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, network, external_id)
);

-- Answers of ours on the care site that whoever follows was not told of yet; id: the message's. They go when the page was
-- seen, or told of at due_at.
CREATE TABLE untold (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX untold_due ON untold (brand_id, due_at);
CREATE INDEX untold_conversation ON untold (brand_id, conversation_id);
