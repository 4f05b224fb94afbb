-- columns: guest brand_id, id, hash, external_id, name, language, created_at, seen_at, proved_at, email, phone
-- name: guest_insert
INSERT INTO guest ({guest}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
-- name: guest_by_hash
SELECT {guest} FROM guest WHERE brand_id = $1 AND hash = $2
-- name: guest_seen
UPDATE guest SET seen_at = $3 WHERE brand_id = $1 AND id = $2
-- name: guest_named
UPDATE guest SET name = $3, language = $4 WHERE brand_id = $1 AND id = $2
-- name: guest_delete
DELETE FROM guest WHERE brand_id = $1 AND id = $2
-- name: guest_expire
DELETE FROM guest WHERE brand_id = $1 AND seen_at < $2
-- name: guest_by_id
SELECT {guest} FROM guest WHERE brand_id = $1 AND id = $2
-- name: guest_proved
UPDATE guest SET proved_at = $3 WHERE brand_id = $1 AND id = $2
-- name: guest_renew
UPDATE guest SET hash = $3 WHERE brand_id = $1 AND id = $2
-- name: guest_told
UPDATE guest SET name = $3, language = $4, email = $5, phone = $6, seen_at = $7 WHERE brand_id = $1 AND id = $2
