-- Ways in that we give: a link in a reply that leads to a private continuation (kind 1), and one by which a browser of a
-- guest is joined by another of theirs (kind 2). hash: of its code, with a key that lies outside the database.
-- conversation_id: the story it belongs to (kind 1). message_id: the reply that gave it; 0: it stands in a draft and
-- opens nothing. giver_id: the guest who made it (kind 2), place: the page it leads to. guest_id: who opened it;
-- talk_id: the private talk that began there and is not proven yet. withdrawn_at: closed by withdrawn_by before it
-- was opened, or judged to be somebody else's afterwards. proven_by: the colleague who says that it is them; 0: they
-- showed it themselves. merge_id: the joining of two persons that went with it.
CREATE TABLE passage (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    kind BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    is_public BIGINT NOT NULL,
    giver_id BIGINT NOT NULL,
    place TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    guest_id BIGINT NOT NULL,
    talk_id BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL,
    withdrawn_by BIGINT NOT NULL,
    proven_at BIGINT NOT NULL,
    proven_by BIGINT NOT NULL,
    merge_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, hash)
);
CREATE INDEX passage_conversation ON passage (brand_id, conversation_id);
CREATE INDEX passage_talk ON passage (brand_id, talk_id) WHERE talk_id > 0;
CREATE INDEX passage_guest ON passage (brand_id, guest_id) WHERE guest_id > 0;
CREATE INDEX passage_device ON passage (brand_id, kind, message_id, made_at) WHERE message_id = 0;
CREATE INDEX passage_merge ON passage (brand_id, merge_id) WHERE merge_id > 0;
