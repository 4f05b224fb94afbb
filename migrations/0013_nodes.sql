-- Several nodes on one database (docs/adr/0008): who lives, who has which work, which node has a reply under way, and
-- how often a password was guessed. Tables of the whole installation have no brand.
CREATE TABLE node (
    number BIGINT NOT NULL PRIMARY KEY,
    life BIGINT NOT NULL,
    host TEXT NOT NULL,
    version TEXT NOT NULL,
    since BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    beat BIGINT NOT NULL
);

CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    beat BIGINT NOT NULL
);

ALTER TABLE outbox ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;

CREATE TABLE guess (
    brand_id BIGINT NOT NULL,
    what BIGINT NOT NULL,
    full_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, what)
);
