-- Tables that are only ever asked by their key keep their rows in it: in SQLite a key beside a table is a second tree to
-- look through and to write. And where a person's conversations are found does not move with each message.
-- only: sqlite
CREATE TABLE person_new (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    place TEXT NOT NULL,
    note TEXT NOT NULL,
    since BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    merged_into BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
) WITHOUT ROWID;
INSERT INTO person_new SELECT * FROM person ORDER BY brand_id, id;
DROP TABLE person;
ALTER TABLE person_new RENAME TO person;

CREATE TABLE identity_new (
    brand_id BIGINT NOT NULL,
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    first_person_id BIGINT NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    unreachable TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, network, external_id)
) WITHOUT ROWID;
INSERT INTO identity_new SELECT * FROM identity ORDER BY brand_id, network, external_id;
DROP TABLE identity;
ALTER TABLE identity_new RENAME TO identity;
CREATE INDEX identity_person ON identity (brand_id, person_id);
CREATE INDEX identity_phone ON identity (brand_id, phone) WHERE phone <> '';

CREATE TABLE tally_new (
    brand_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (brand_id, owner_id, state)
) WITHOUT ROWID;
INSERT INTO tally_new SELECT * FROM tally;
DROP TABLE tally;
ALTER TABLE tally_new RENAME TO tally;

CREATE TABLE ledger_count_new (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    place BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, day, place)
) WITHOUT ROWID;
INSERT INTO ledger_count_new SELECT * FROM ledger_count;
DROP TABLE ledger_count;
ALTER TABLE ledger_count_new RENAME TO ledger_count;

CREATE TABLE thread_new (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    link TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, key)
) WITHOUT ROWID;
INSERT INTO thread_new SELECT * FROM thread ORDER BY brand_id, channel_id, key;
DROP TABLE thread;
ALTER TABLE thread_new RENAME TO thread;

CREATE TABLE shingle_new (
    brand_id BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, hash, message_id)
) WITHOUT ROWID;
INSERT INTO shingle_new SELECT * FROM shingle ORDER BY brand_id, hash, message_id;
DROP TABLE shingle;
ALTER TABLE shingle_new RENAME TO shingle;

CREATE TABLE conversation_label_new (
    brand_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    label_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, conversation_id, label_id)
) WITHOUT ROWID;
INSERT INTO conversation_label_new SELECT * FROM conversation_label ORDER BY brand_id, conversation_id, label_id;
DROP TABLE conversation_label;
ALTER TABLE conversation_label_new RENAME TO conversation_label;
CREATE INDEX conversation_label_label ON conversation_label (brand_id, label_id, conversation_id);
-- end

DROP INDEX conversation_person;
CREATE INDEX conversation_person ON conversation (brand_id, person_id);

-- What the planner is told of them, whatever is in them yet: one brand may be everything, and a person is few rows.
-- Without this it takes a brand for ten rows and reads all of one.
-- only: sqlite
ANALYZE schema_version;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('person', 'person', '1000000 1000000 1'),
    ('identity', 'identity', '1000000 1000000 400000 1'),
    ('identity', 'identity_person', '1000000 1000000 2'),
    ('identity', 'identity_phone', '300000 300000 2'),
    ('conversation', 'conversation', '1000000 1000000 1'),
    ('conversation', 'conversation_rank', '1000000 1000000 200000 2 1'),
    ('conversation', 'conversation_owner', '1000000 1000000 20000 5000 2 1'),
    ('conversation', 'conversation_last', '1000000 1000000 2 1'),
    ('conversation', 'conversation_person', '1000000 1000000 2'),
    ('conversation', 'conversation_snoozed', '1000 1000 2');
-- end
