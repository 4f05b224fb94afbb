-- Guides, step by step: a small tree of questions and answers, in several languages. slug: the address in /guides, one for
-- each language. revision grows with each save of the draft; published: the one that readers see, 0: none. title, about: as
-- published, else of the draft.
-- A guide is found by article_word too, where article_id is the guide's id.

CREATE TABLE guide (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    category_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX guide_name ON guide (brand_id, name);
CREATE TABLE guide_text (
    brand_id BIGINT NOT NULL,
    guide_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    published BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    counted_since BIGINT NOT NULL,
    PRIMARY KEY (brand_id, guide_id, language)
);
CREATE INDEX guide_text_slug ON guide_text (brand_id, slug);
-- number 0: the draft, which changes; the others are revisions that were published, and stay. steps: as care/guide_tree.h writes them.
CREATE TABLE guide_version (
    brand_id BIGINT NOT NULL,
    guide_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    steps TEXT NOT NULL,
    agent_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, guide_id, language, number)
);
-- How often a step was shown and went on from (answer ''), and an answer was chosen. Nobody stands here.
CREATE TABLE guide_count (
    brand_id BIGINT NOT NULL,
    guide_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    step TEXT NOT NULL,
    answer TEXT NOT NULL,
    seen BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    PRIMARY KEY (brand_id, guide_id, language, step, answer)
);
