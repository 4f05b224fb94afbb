-- What people answered a message with: one each, the newest. An empty one was taken back, and is kept so that an older
-- one that comes late does not return.
CREATE TABLE reaction (
    brand_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    author_id TEXT NOT NULL,
    emoji TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, message_id, author_id)
);
