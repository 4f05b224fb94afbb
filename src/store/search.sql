-- The sub-SELECT hides from PostgreSQL what is looked for: were it to guess how many rows that gives, it would read the
-- whole table where it guesses many. The second, a part of the first, makes its guess so small that it does not fetch
-- all keys of a brand beside it.
-- name: search_insert [sqlite]
INSERT INTO search (rowid, scope, body) VALUES ($2, $4, $5)
-- name: search_insert [postgres]
INSERT INTO search (brand_id, id, body) VALUES ($1, $2, CAST(CAST($3 AS TEXT) AS TSVECTOR))
ON CONFLICT (brand_id, id) DO UPDATE SET body = excluded.body
-- name: search_delete [sqlite]
INSERT INTO search (search, rowid, scope, body) VALUES ('delete', $2, $4, $5)
-- name: search_delete [postgres]
DELETE FROM search WHERE brand_id = $1 AND id = $2
-- name: search_name_insert [sqlite]
INSERT INTO search_name (rowid, scope, body) VALUES ($2, $4, $5)
-- name: search_name_insert [postgres]
INSERT INTO search_name (brand_id, id, body) VALUES ($1, $2, CAST(CAST($3 AS TEXT) AS TSVECTOR))
ON CONFLICT (brand_id, id) DO UPDATE SET body = excluded.body
-- name: search_name_delete [sqlite]
INSERT INTO search_name (search_name, rowid, scope, body) VALUES ('delete', $2, $4, $5)
-- name: search_name_delete [postgres]
DELETE FROM search_name WHERE brand_id = $1 AND id = $2
-- name: search_pages [sqlite]
SELECT (SELECT count(*) FROM search_data) + (SELECT count(*) FROM search_name_data) + $1
-- name: search_pages [postgres]
SELECT CAST($1 AS BIGINT)
-- name: search_merge [sqlite]
INSERT INTO search (search, rank) VALUES ('merge', $1)
-- name: search_merge [postgres]
SELECT CAST($1 AS BIGINT)
-- name: search_name_merge [sqlite]
INSERT INTO search_name (search_name, rank) VALUES ('merge', $1)
-- name: search_name_merge [postgres]
SELECT CAST($1 AS BIGINT)
-- name: search_find [sqlite]
SELECT rowid FROM search WHERE search MATCH $7 AND rowid < $2 AND rowid >= $3 ORDER BY rowid DESC LIMIT $4
-- name: search_find [postgres]
WITH hits AS MATERIALIZED (
    SELECT id FROM search WHERE brand_id = $1 AND body @@ (SELECT CAST(CAST($5 AS TEXT) AS TSQUERY))
        AND body @@ (SELECT CAST(CAST($6 AS TEXT) AS TSQUERY)))
SELECT id FROM hits WHERE id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4
-- name: search_name_find [sqlite]
SELECT rowid FROM search_name WHERE search_name MATCH $7 AND rowid < $2 AND rowid >= $3 ORDER BY rowid DESC LIMIT $4
-- name: search_name_find [postgres]
WITH hits AS MATERIALIZED (
    SELECT id FROM search_name WHERE brand_id = $1 AND body @@ (SELECT CAST(CAST($5 AS TEXT) AS TSQUERY))
        AND body @@ (SELECT CAST(CAST($6 AS TEXT) AS TSQUERY)))
SELECT id FROM hits WHERE id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4
-- name: search_newest_message
SELECT id FROM message WHERE brand_id = $1 ORDER BY id DESC LIMIT 1
-- name: search_newest_need
SELECT id FROM conversation WHERE brand_id = $1 ORDER BY id DESC LIMIT 1
-- name: search_oldest_message
SELECT id FROM message WHERE brand_id = $1 ORDER BY id LIMIT 1
-- name: search_oldest_need
SELECT id FROM conversation WHERE brand_id = $1 ORDER BY id LIMIT 1
-- name: search_newest_person
SELECT id FROM person WHERE brand_id = $1 ORDER BY id DESC LIMIT 1
-- name: search_labelled
SELECT m.id FROM message m
JOIN conversation_label l ON l.brand_id = m.brand_id AND l.conversation_id = m.conversation_id AND l.label_id = $2
WHERE m.brand_id = $1 AND m.id IN ($LIST(3))
UNION ALL
SELECT conversation_id FROM conversation_label
WHERE brand_id = $1 AND label_id = $2 AND conversation_id IN ($LIST(3))
-- name: search_people_labelled
SELECT c.person_id FROM conversation_label l
JOIN conversation c ON c.brand_id = l.brand_id AND c.id = l.conversation_id
WHERE l.brand_id = $1 AND l.label_id = $2 LIMIT $3
