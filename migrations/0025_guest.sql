-- Guests of the care site: a browser that wrote to us, or whose person showed who they are. hash: of the cookie's token;
-- external_id: their identity on the network "site".

CREATE TABLE guest (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, hash)
);
CREATE INDEX guest_seen ON guest (brand_id, seen_at);
