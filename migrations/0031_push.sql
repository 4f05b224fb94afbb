-- The brand's own key with which browsers know who tells them something (VAPID). sealed: the secret half, with the key that
-- lies outside the database. told: up to which event of the log people were told.
CREATE TABLE push_key (
    brand_id BIGINT NOT NULL PRIMARY KEY,
    public TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    told BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Browsers that are told, each of a guest (guest_id) or of a colleague (agent_id), because they asked for it there. session: of
-- a colleague, with which it ends; hash: of whose it is and where it is reached; sealed: where and with which key; words: whether what was written is shown too; lane: those of one are told
-- one after the other.
CREATE TABLE push_device (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    guest_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    session TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    words BIGINT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    lane BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, hash)
);
CREATE INDEX push_device_guest ON push_device (brand_id, guest_id);
CREATE INDEX push_device_agent ON push_device (brand_id, agent_id);

-- What is on its way to them, one of each story a browser: the newest. subject_id: the message, or the promise.
CREATE TABLE push_note (
    brand_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    lane BIGINT NOT NULL,
    PRIMARY KEY (brand_id, device_id, conversation_id)
);
CREATE INDEX push_note_due ON push_note (brand_id, next_at);
