-- Search: every word stands in the index with its brand and its season (50 days) in front, and a channel with its season,
-- so that a question is answered season by season, from the newest back, and none has to go through all history at once.
-- The rows are made anew of what the tables hold (store/search.c says how they look); what left the index by rule stays out.
-- What PostgreSQL's index has not taken in yet is looked through by every question: half a MB of it, not four, costs three
-- microseconds a message.

-- only: sqlite
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (scope, body, content='', tokenize='unicode61 remove_diacritics 0');
INSERT INTO search (rowid, scope, body)
SELECT m.id, printf('%04x%xg%s p%d d%04x%x', m.brand_id % 65521, m.id >> 54,
        iif(m.channel_id = 0, '', printf(' c%dg%x', m.channel_id, m.id >> 54)), m.person_id, m.brand_id % 65521, m.id >> 48),
    words_lead(fold(m.text), printf('%04x%xg', m.brand_id % 65521, m.id >> 54))
FROM message m LEFT JOIN unsearched u ON u.brand_id = m.brand_id AND u.id = m.id
WHERE m.text <> '' AND u.id IS NULL ORDER BY m.brand_id, m.id;
INSERT INTO search (rowid, scope, body)
SELECT c.id, printf('%04x%xg p%d d%04x%x kneed', c.brand_id % 65521, c.id >> 54, c.person_id, c.brand_id % 65521, c.id >> 48),
    words_lead(fold(c.need), printf('%04x%xg', c.brand_id % 65521, c.id >> 54))
FROM conversation c LEFT JOIN unsearched u ON u.brand_id = c.brand_id AND u.id = c.id
WHERE c.need <> '' AND u.id IS NULL ORDER BY c.brand_id, c.id;
-- end
-- only: postgres
DROP INDEX search_body;
UPDATE search SET body = CAST(regexp_replace(regexp_replace(regexp_replace(CAST(body AS TEXT),
    '''([^''/ :][^'']*)''', '''' || lpad(to_hex(brand_id % 65521), 4, '0') || to_hex(id >> 54) || 'g\1''', 'g'),
    '''/c([0-9]+)''', '''/c\1/' || to_hex(id >> 54) || '''', 'g'), '''/b[0-9]+''', '') AS TSVECTOR);
CREATE INDEX search_body ON search USING GIN (body) WITH (gin_pending_list_limit = 512);
-- end
