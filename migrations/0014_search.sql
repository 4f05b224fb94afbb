-- Search. Every word stands in the index with its brand and its season (50 days) in front, and a channel with its season, so
-- that a question is answered season by season, from the newest back, and none has to go through all history at once
-- (docs/adr/0011). The rows are made anew of what the tables hold; store/search.c says how they look.
-- Names have an index of their own: the beginning of a name is looked for with every key in the palette, and in an index
-- of all words ever said it would find too many.
-- No release ever ran on PostgreSQL, whose first form of the table could not be asked. What its index has not taken in yet is
-- looked through by every question: half a MB of it, not four, costs three microseconds a message.

-- only: sqlite
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (scope, body, content='', tokenize='unicode61 remove_diacritics 0');
INSERT INTO search (rowid, scope, body)
SELECT m.id, printf('%04x%xg%s p%d d%04x%x', m.brand_id % 65521, m.id >> 54,
        iif(m.channel_id = 0, '', printf(' c%dg%x', m.channel_id, m.id >> 54)), m.person_id, m.brand_id % 65521, m.id >> 48),
    words_lead(fold(m.text), printf('%04x%xg', m.brand_id % 65521, m.id >> 54))
FROM message m WHERE m.text <> '' ORDER BY m.brand_id, m.id;
INSERT INTO search (rowid, scope, body)
SELECT c.id, printf('%04x%xg p%d d%04x%x kneed', c.brand_id % 65521, c.id >> 54, c.person_id, c.brand_id % 65521, c.id >> 48),
    words_lead(fold(c.need), printf('%04x%xg', c.brand_id % 65521, c.id >> 54))
FROM conversation c WHERE c.need <> '' ORDER BY c.brand_id, c.id;
-- end
-- only: sqlite
CREATE VIRTUAL TABLE search_name USING fts5 (scope, body, content='', prefix='2 3',
    tokenize='unicode61 remove_diacritics 0');
INSERT INTO search_name (rowid, scope, body) SELECT id, 'b' || brand_id, fold(name) FROM person ORDER BY id;
-- end
-- only: postgres
DROP TABLE search;
CREATE TABLE search (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    body TSVECTOR NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX search_body ON search USING GIN (body) WITH (gin_pending_list_limit = 512);
CREATE TABLE search_name (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    body TSVECTOR NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX search_name_body ON search_name USING GIN (body);
-- end
