-- How long a brand keeps what grows (days; 0: for ever), and how far that was carried out.
ALTER TABLE brand ADD COLUMN keep_payloads BIGINT NOT NULL DEFAULT 0;
ALTER TABLE brand ADD COLUMN keep_events BIGINT NOT NULL DEFAULT 0;
ALTER TABLE brand ADD COLUMN keep_search BIGINT NOT NULL DEFAULT 0;

-- The last event that a statement knows of: with those up to it gone, the statement is the opening balance.
ALTER TABLE statement ADD COLUMN event_id BIGINT NOT NULL DEFAULT 0;

-- kind: what is pruned; day: of the statement that opens the log now; begun: of the one that is being pruned up to.
CREATE TABLE retention (
    brand_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    day BIGINT NOT NULL,
    begun BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    pruned BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, kind)
);

-- What the events that are gone had booked: the log goes on from here.
CREATE TABLE ledger_opening (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    place BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, day, place)
);

-- Messages, needs (by their conversation) whose words left the search index; of a conversation also how far it had
-- been heard then.
CREATE TABLE unsearched (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    upto BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
)
-- only: sqlite
WITHOUT ROWID
-- end
;
