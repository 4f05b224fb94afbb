-- The house. Every table of a brand has brand_id first in its key (docs/adr/0001); times are microseconds UTC, ids are
-- made by the program. Truth is 0 or 1. JSON is TEXT and read in C.

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE brand (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    zone TEXT NOT NULL,
    language TEXT NOT NULL,
    hue BIGINT NOT NULL,
    undo_seconds BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE agent (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    language TEXT NOT NULL,
    scheme TEXT NOT NULL,
    single_keys BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, email)
);

CREATE TABLE session (
    brand_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    agent_id BIGINT NOT NULL,
    csrf TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    rotated_hash TEXT NOT NULL,
    rotated_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, hash)
);
CREATE INDEX session_agent ON session (brand_id, agent_id);

CREATE TABLE token (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, hash)
);

CREATE TABLE channel (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    network TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    settings TEXT NOT NULL,
    secrets BYTEA NOT NULL,
    state TEXT NOT NULL,
    failure TEXT NOT NULL,
    failure_words TEXT NOT NULL,
    failure_at BIGINT NOT NULL,
    rate_until BIGINT NOT NULL,
    last_in_at BIGINT NOT NULL,
    last_out_at BIGINT NOT NULL,
    probed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);

CREATE INDEX channel_by_id ON channel (id);

CREATE TABLE person (
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
);

CREATE TABLE identity (
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
);
CREATE INDEX identity_person ON identity (brand_id, person_id);

CREATE TABLE person_merge (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    from_id BIGINT NOT NULL,
    into_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    moved TEXT NOT NULL,
    at BIGINT NOT NULL,
    undone_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX person_merge_into ON person_merge (brand_id, into_id);

CREATE TABLE conversation (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    need TEXT NOT NULL,
    need_by BIGINT NOT NULL,
    need_at BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    waiting_since BIGINT NOT NULL,
    window_until BIGINT NOT NULL,
    promise_due BIGINT NOT NULL,
    rank_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_in_at BIGINT NOT NULL,
    last_out_at BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    door TEXT NOT NULL,
    preview TEXT NOT NULL,
    language TEXT NOT NULL,
    messages BIGINT NOT NULL,
    returns BIGINT NOT NULL,
    handovers BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    mood TEXT NOT NULL,
    snooze_until BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    closed_by BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
)
-- only: sqlite
WITHOUT ROWID
-- end
;
CREATE INDEX conversation_rank ON conversation (brand_id, state, rank_at, id);
CREATE INDEX conversation_owner ON conversation (brand_id, owner_id, state, rank_at, id);
CREATE INDEX conversation_last ON conversation (brand_id, last_at, id);
CREATE INDEX conversation_person ON conversation (brand_id, person_id, last_at);
CREATE INDEX conversation_snoozed ON conversation (brand_id, snooze_until) WHERE snooze_until > 0;

CREATE TABLE tally (
    brand_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (brand_id, owner_id, state)
);

CREATE TABLE thread (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    link TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, key)
);

CREATE TABLE message (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    thread_key TEXT NOT NULL,
    door TEXT NOT NULL,
    is_public BIGINT NOT NULL,
    outbound BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    note TEXT NOT NULL,
    link TEXT NOT NULL,
    author_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    place BIGINT NOT NULL,
    place_by BIGINT NOT NULL,
    day BIGINT NOT NULL,
    receipt BIGINT NOT NULL,
    covers BIGINT NOT NULL,
    edited_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    attachments BIGINT NOT NULL,
    payload_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
)
-- only: sqlite
WITHOUT ROWID
-- end
;
CREATE INDEX message_conversation ON message (brand_id, conversation_id, at, id);
CREATE INDEX message_waiting ON message (brand_id, at) WHERE place = 1;

CREATE TABLE message_edit (
    brand_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    text_before TEXT NOT NULL,
    PRIMARY KEY (brand_id, message_id, at)
);

CREATE TABLE attachment (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    mime TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    url TEXT NOT NULL,
    media_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX attachment_message ON attachment (brand_id, message_id);
CREATE INDEX attachment_hash ON attachment (brand_id, hash) WHERE hash <> '';
CREATE INDEX attachment_due ON attachment (brand_id, next_at) WHERE state = 'pending';

CREATE TABLE blob (
    brand_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    mime TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (brand_id, hash)
);

CREATE TABLE dedup (
    brand_id BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, hash)
)
-- only: sqlite
WITHOUT ROWID
-- end
;

-- What a network said of a message that has not come yet (a deletion, an edit, a receipt): taken up when it comes.
CREATE TABLE early (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    text TEXT NOT NULL,
    receipt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, external_id, id)
);

CREATE TABLE payload (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    replayed_by BIGINT NOT NULL,
    replayed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX payload_unread ON payload (brand_id, id) WHERE state = 'unread';

CREATE TABLE event (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    conversation_id BIGINT NOT NULL,
    subject_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (brand_id, id)
)
-- only: sqlite
WITHOUT ROWID
-- end
;

CREATE TABLE outbox (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    failure TEXT NOT NULL,
    words TEXT NOT NULL,
    code TEXT NOT NULL,
    step BIGINT NOT NULL,
    carry TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX outbox_due ON outbox (brand_id, state, next_at);
CREATE INDEX outbox_conversation ON outbox (brand_id, conversation_id);

-- What only we see in a person's story: notes, hand-overs, closings, settings aside.
CREATE TABLE entry (
    brand_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    agent_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    text TEXT NOT NULL,
    summary TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, conversation_id, id)
);

CREATE TABLE mention (
    brand_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    by_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, agent_id, id)
);

CREATE TABLE draft (
    brand_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    door TEXT NOT NULL,
    channel_id BIGINT NOT NULL,
    text TEXT NOT NULL,
    by_token BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, conversation_id, agent_id, kind)
);

CREATE TABLE label (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    hue BIGINT NOT NULL,
    removed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, name)
);

CREATE TABLE conversation_label (
    brand_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    label_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, conversation_id, label_id)
);
CREATE INDEX conversation_label_label ON conversation_label (brand_id, label_id, conversation_id);

CREATE TABLE snippet (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    shortcut TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    removed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);

CREATE TABLE saved_view (
    brand_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    filter TEXT NOT NULL,
    PRIMARY KEY (brand_id, agent_id, id)
);

CREATE TABLE promise (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    text TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    reminded_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    ended_by BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX promise_conversation ON promise (brand_id, conversation_id);
CREATE INDEX promise_person ON promise (brand_id, person_id);
CREATE INDEX promise_open ON promise (brand_id, due_at) WHERE state = 'open';

CREATE TABLE shingle (
    brand_id BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, hash, message_id)
);

CREATE TABLE ledger_count (
    brand_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    place BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (brand_id, channel_id, day, place)
);

CREATE TABLE statement (
    brand_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    signature TEXT NOT NULL,
    public_key TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, day)
);

CREATE TABLE idempotency (
    brand_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, key)
);

CREATE TABLE imported (
    brand_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, key)
);

-- Full-text search: one row a message, a need or a person (rowid is its id). The texts are folded in C; scope carries
-- the tokens that narrow a search (brand, kind, channel, person, visibility), so that nothing is filtered afterwards.
-- only: sqlite
CREATE VIRTUAL TABLE search USING fts5 (scope, body, content='', tokenize='unicode61 remove_diacritics 0');
-- end
-- only: postgres
CREATE TABLE search (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    body TSVECTOR NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX search_body ON search USING GIN (body);
-- end
