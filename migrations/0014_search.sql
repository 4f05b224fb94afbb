-- Search. Names have an index of their own: the beginning of a name is looked for with every key in the palette, and in
-- an index of all words ever said it would find too many. What the names had in the first one stays there, unread.
-- No release ever ran on PostgreSQL, whose first form of the table could not be asked.

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
CREATE INDEX search_body ON search USING GIN (body);
CREATE TABLE search_name (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    body TSVECTOR NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX search_name_body ON search_name USING GIN (body);
-- end
