-- Who asked that what we hold of them be erased, and what became of it (docs/adr/0025). The row stays when all else is
-- gone: it names nobody. receipt: the hash of a code with which they see it without being known any more, or empty.
-- state: enum erasure_state of store/erasure.h. carry: while it is carried out, by which ids their networks called
-- them, sealed. The counts say what went.
CREATE TABLE erasure (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    receipt TEXT NOT NULL,
    state BIGINT NOT NULL,
    posts_stay BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    decided_by BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    carry BYTEA NOT NULL,
    done_at BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    stories BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    files BIGINT NOT NULL,
    payloads BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX erasure_person ON erasure (brand_id, person_id);
CREATE INDEX erasure_state ON erasure (brand_id, state, id);
CREATE INDEX erasure_conversation ON erasure (brand_id, conversation_id);
CREATE INDEX erasure_receipt ON erasure (brand_id, receipt);
CREATE INDEX person_merged_into ON person (brand_id, merged_into) WHERE merged_into > 0;
CREATE INDEX guest_identity ON guest (brand_id, external_id);
CREATE INDEX reaction_author ON reaction (brand_id, author_id);
CREATE INDEX call_conversation ON call (brand_id, conversation_id);
CREATE INDEX mention_conversation ON mention (brand_id, conversation_id);
