-- Messages of which a webhook brought only ids: the network is asked for their words. what: as the adapter calls it.
CREATE TABLE wish (
    brand_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    what TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, message_id)
);
CREATE INDEX wish_due ON wish (brand_id, next_at);
