-- Whose a channel is: a webhook names the channel alone, and must not ask every shard for it.
CREATE TABLE channel_home (
    id BIGINT NOT NULL PRIMARY KEY,
    brand_id BIGINT NOT NULL
);
INSERT INTO channel_home (id, brand_id) SELECT id, brand_id FROM channel;
DROP INDEX channel_by_id;
