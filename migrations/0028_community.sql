-- The community of the care site. What its members write are messages (thread "topic:<id>", door "topic"); here stands
-- what makes a forum of them. A post has the id of its message; it is hidden where that is set aside.

ALTER TABLE brand ADD COLUMN community_minutes BIGINT NOT NULL DEFAULT 240;

CREATE TABLE topic_category (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    language TEXT NOT NULL,
    position BIGINT NOT NULL,
    removed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, name)
);

-- external_id: their identity on the network "site"; folded: the name without case and accents.
CREATE TABLE member (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    helped BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id),
    UNIQUE (brand_id, external_id),
    UNIQUE (brand_id, folded)
);

-- shown: 0 while its question is hidden; solved_id: the post that the asker or a colleague accepted.
CREATE TABLE topic (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    category_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    question_id BIGINT NOT NULL,
    solved_id BIGINT NOT NULL,
    solved_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    posts BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX topic_last ON topic (brand_id, shown, last_at, id);
CREATE INDEX topic_of_category ON topic (brand_id, category_id, shown, last_at, id);

-- member_id or agent_id is 0. held: a colleague looks at it before others see it. aside_*: who hid it, why, what its
-- author said to that, and who looked at it again.
CREATE TABLE post (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    topic_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    thanks BIGINT NOT NULL,
    held BIGINT NOT NULL,
    aside_by BIGINT NOT NULL,
    aside_reason TEXT NOT NULL,
    appeal TEXT NOT NULL,
    appeal_at BIGINT NOT NULL,
    appeal_by BIGINT NOT NULL,
    appeal_answer TEXT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX post_topic ON post (brand_id, topic_id, id);
CREATE INDEX post_member ON post (brand_id, member_id, id);
CREATE INDEX post_appeal ON post (brand_id, appeal_by, appeal_at, id);

-- Questions left to the community, and until when.
CREATE TABLE post_left (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    topic_id BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX post_left_due ON post_left (brand_id, due_at);
CREATE INDEX post_left_topic ON post_left (brand_id, topic_id);

-- Who thanked for which post; helper_id: its author (0: a colleague).
CREATE TABLE post_thanks (
    brand_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    helper_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, post_id, member_id)
);
CREATE INDEX post_thanks_helper ON post_thanks (brand_id, helper_id, member_id);

CREATE TABLE topic_follow (
    brand_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    topic_id BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    named_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, member_id, topic_id)
);

CREATE TABLE post_report (
    brand_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    topic_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    decided_by BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, post_id, member_id)
);
CREATE INDEX post_report_open ON post_report (brand_id, decided_at, at);

CREATE TABLE topic_word (
    brand_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    topic_id BIGINT NOT NULL,
    PRIMARY KEY (brand_id, word, topic_id)
);
CREATE INDEX topic_word_topic ON topic_word (brand_id, topic_id);
