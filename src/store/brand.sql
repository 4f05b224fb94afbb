-- columns: brand id, name, title, zone, language, hue, undo_seconds, created_at, removed_at, keep_payloads, keep_events, keep_search
-- name: brand_insert
INSERT INTO brand ({brand}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11)
-- name: brand_update
UPDATE brand SET title = $2, zone = $3, language = $4, hue = $5, undo_seconds = $6 WHERE id = $1
-- name: brand_by_id
SELECT {brand} FROM brand WHERE id = $1
-- name: brand_by_name
SELECT {brand} FROM brand WHERE name = $1
-- name: brand_of_host
SELECT {brand} FROM brand WHERE id = coalesce((SELECT id FROM brand WHERE name = $1 AND removed_at = 0),
    (SELECT min(id) FROM brand WHERE removed_at = 0))
-- name: brand_list
SELECT {brand} FROM brand WHERE removed_at = 0 OR $1 = 1 ORDER BY id
-- name: brand_remove
UPDATE brand SET removed_at = $2 WHERE id = $1
-- name: brand_on_their_way
SELECT count(*) FROM outbox WHERE brand_id = $1 AND state <> 'failed'
-- name: setting_get
SELECT value FROM setting WHERE name = $1
-- name: setting_put
INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
