-- columns: notice brand_id, id, network, external_id, wanted, words, nights, language, confirmed_at, told_at
-- name: notice_find
SELECT {notice} FROM notice WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: notice_by_id
SELECT {notice} FROM notice WHERE brand_id = $1 AND id = $2
-- name: notice_put
INSERT INTO notice ({notice}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (brand_id, network, external_id) DO UPDATE SET wanted = excluded.wanted, words = excluded.words,
    nights = excluded.nights, language = excluded.language, confirmed_at = excluded.confirmed_at,
    told_at = excluded.told_at
-- name: notice_list
SELECT {n.notice} FROM identity i JOIN notice n ON n.brand_id = i.brand_id AND n.network = i.network
    AND n.external_id = i.external_id
WHERE i.brand_id = $1 AND i.person_id = $2 ORDER BY n.network, n.id LIMIT 20
-- name: notice_told
UPDATE notice SET told_at = $3 WHERE brand_id = $1 AND id = $2

-- columns: untold brand_id, id, conversation_id, due_at
-- name: untold_insert
INSERT INTO untold ({untold}) VALUES ($1, $2, $3, $4) ON CONFLICT (brand_id, id) DO NOTHING
-- name: untold_due
SELECT {untold} FROM untold WHERE brand_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT 100
-- name: untold_later
UPDATE untold SET due_at = $3 WHERE brand_id = $1 AND id = $2
-- name: untold_delete
DELETE FROM untold WHERE brand_id = $1 AND id = $2
-- name: untold_count
SELECT count(*) FROM untold WHERE brand_id = $1 AND conversation_id = $2
-- name: untold_seen
DELETE FROM untold WHERE brand_id = $1 AND conversation_id = $2
