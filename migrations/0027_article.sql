-- What the brand knows, for its customers to read: articles in several languages, every save of one a version. slug: the
-- address in /help, one for each language. published: the number of the version that readers see; 0: none yet.
-- author_id, reader_id: who wrote the version that is published, and who published it when that was somebody else.

CREATE TABLE article_category (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    icon TEXT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE TABLE article_category_name (
    brand_id BIGINT NOT NULL,
    category_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (brand_id, category_id, language)
);
-- conversation_id: the story it was made from; 0: none. name: how its files are called by export and import.
CREATE TABLE article (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    category_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX article_category_of ON article (brand_id, category_id, position);
CREATE INDEX article_conversation ON article (brand_id, conversation_id);
CREATE INDEX article_name ON article (brand_id, name);
CREATE TABLE article_text (
    brand_id BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    slug TEXT NOT NULL,
    latest BIGINT NOT NULL,
    published BIGINT NOT NULL,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    helped BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    reader_id BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, article_id, language)
);
CREATE INDEX article_text_slug ON article_text (brand_id, slug);
CREATE TABLE article_version (
    brand_id BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    body TEXT NOT NULL,
    agent_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    helped BIGINT NOT NULL,
    not_helped BIGINT NOT NULL,
    PRIMARY KEY (brand_id, article_id, language, number)
);
-- Search: the words of what is published, folded, and their stems; word_length narrows what may be a slip of the finger.
CREATE TABLE article_word (
    brand_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    word TEXT NOT NULL,
    article_id BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    PRIMARY KEY (brand_id, language, word, article_id)
);
CREATE INDEX article_word_of ON article_word (brand_id, article_id, language);
CREATE TABLE article_vocabulary (
    brand_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    word TEXT NOT NULL,
    word_length BIGINT NOT NULL,
    PRIMARY KEY (brand_id, language, word)
);
CREATE INDEX article_vocabulary_length ON article_vocabulary (brand_id, language, word_length);
CREATE TABLE article_picture (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    mime TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX article_picture_hash ON article_picture (brand_id, hash);
-- What people looked for and did not find (missed), or found and then asked a person all the same (asked). words: folded,
-- in order, without what could be somebody's; said: as it was typed last, without that too.
CREATE TABLE article_missing (
    brand_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    words TEXT NOT NULL,
    id BIGINT NOT NULL,
    said TEXT NOT NULL,
    missed BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    dismissed_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, language, words)
);
CREATE INDEX article_missing_open ON article_missing (brand_id, dismissed_at, last_at);
CREATE INDEX article_missing_id ON article_missing (brand_id, id);
