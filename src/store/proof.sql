-- columns: proof brand_id, id, hash, guest_id, expires_at, used_at, network, external_id
-- name: proof_insert
INSERT INTO proof ({proof}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
-- name: proof_by_hash
SELECT {proof} FROM proof WHERE brand_id = $1 AND hash = $2
-- name: proof_use
UPDATE proof SET used_at = $3, network = $4, external_id = $5 WHERE brand_id = $1 AND id = $2
-- name: proof_delete_of
DELETE FROM proof WHERE brand_id = $1 AND guest_id = $2
-- name: proof_expire
DELETE FROM proof WHERE brand_id = $1 AND expires_at < $2
