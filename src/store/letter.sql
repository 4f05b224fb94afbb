-- columns: letter brand_id, id, channel_id, kind, language, content, state, attempts, next_at, until_at, lease_until, claimed_by
-- name: letter_insert
INSERT INTO letter ({letter}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
-- name: letter_by_id
SELECT {letter} FROM letter WHERE brand_id = $1 AND id = $2
-- name: letter_update
UPDATE letter SET state = $3, attempts = $4, next_at = $5, lease_until = $6, claimed_by = $7
WHERE brand_id = $1 AND id = $2
-- name: letter_delete
DELETE FROM letter WHERE brand_id = $1 AND id = $2
-- name: letter_due
SELECT {letter} FROM letter
WHERE brand_id = $1 AND state = 'ready' AND next_at <= $2
    AND channel_id IN (SELECT id FROM channel WHERE brand_id = $1 AND state = 'on' AND rate_until <= $2)
ORDER BY next_at, id LIMIT $3
-- name: letter_over
SELECT {letter} FROM letter
WHERE brand_id = $1 AND ((state = 'ready' AND until_at <= $2) OR (state = 'sending' AND lease_until <= $2))
ORDER BY id LIMIT 100

-- columns: letter_code brand_id, id, guest_id, network, address_hash, address, code_hash, link_hash, follow, tries, expires_at
-- name: letter_code_insert
INSERT INTO letter_code ({letter_code}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
-- name: letter_code_of
SELECT {letter_code} FROM letter_code WHERE brand_id = $1 AND guest_id = $2 AND expires_at > $3 ORDER BY id DESC LIMIT 1
-- name: letter_code_tried
UPDATE letter_code SET tries = $3 WHERE brand_id = $1 AND id = $2
-- name: letter_code_end
UPDATE letter_code SET expires_at = 0 WHERE brand_id = $1 AND guest_id = $2 AND expires_at > 0
-- name: letter_code_count
SELECT count(*) FROM letter_code WHERE brand_id = $1 AND address_hash = $2 AND id > $3
-- name: letter_code_count_on
SELECT count(*) FROM letter_code WHERE brand_id = $1 AND id > $3 AND network = $2
-- name: letter_code_expire
DELETE FROM letter_code WHERE brand_id = $1 AND id < $2
