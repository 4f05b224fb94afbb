-- Words that a network approved beforehand, for doors whose window is closed; and a reply that was made of such words.

CREATE TABLE approved (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    foot TEXT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, name, language)
);
ALTER TABLE outbox ADD COLUMN approved TEXT NOT NULL DEFAULT '';
