-- People who wrote in private and of whom the network's webhooks say no name: it is asked for.

CREATE TABLE nameless (
    brand_id BIGINT NOT NULL,
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    channel_id BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, network, external_id)
);
CREATE INDEX nameless_due ON nameless (brand_id, next_at);
