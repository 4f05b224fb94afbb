-- What colleagues found who looked again at what others had set aside.

CREATE TABLE second_look (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX second_look_conversation ON second_look (brand_id, conversation_id);
