-- What networks are asked for: a row for each list of each channel. cursor: in the adapter's own words; checked_until:
-- when the last complete round began; whole_at: from when on a round is asked as far back as there is; cost: units of
-- the last round; doubted: how many messages a round that was not believed left out.
CREATE TABLE asking (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    listing TEXT NOT NULL,
    cursor TEXT NOT NULL,
    checked_until BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    whole_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing_since BIGINT NOT NULL,
    failure TEXT NOT NULL,
    words TEXT NOT NULL,
    cost BIGINT NOT NULL,
    doubted BIGINT NOT NULL,
    rounds BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    found BIGINT NOT NULL,
    late BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, listing)
);

-- Messages that a complete round did not list, and since when.
CREATE TABLE missing (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    listing TEXT NOT NULL,
    message_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, listing, message_id)
);

-- Units of a quota that are used in the period that began at this moment: by asking, and by replies.
CREATE TABLE quota_spent (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    replied BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id)
);

-- The bytes of a list's answer say which list and how it was asked; empty: a webhook.
ALTER TABLE payload ADD COLUMN listing TEXT NOT NULL DEFAULT '';
