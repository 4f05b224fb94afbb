-- columns: passkey brand_id, id, external_id, credential, host, handle, public_key, algorithm, counter, transports, name, created_at, used_at
-- columns: passkey_ask brand_id, guest_id, adds, hash, handle, expires_at
-- name: passkey_insert
INSERT INTO passkey ({passkey}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
-- name: passkey_by_credential
SELECT {passkey} FROM passkey WHERE brand_id = $1 AND credential = $2
-- name: passkey_of_person
SELECT {k.passkey} FROM passkey k
JOIN identity i ON i.brand_id = k.brand_id AND i.network = 'site' AND i.external_id = k.external_id
WHERE k.brand_id = $1 AND i.person_id = $2 ORDER BY k.id
-- name: passkey_used
UPDATE passkey SET counter = $3, used_at = $4 WHERE brand_id = $1 AND id = $2
-- name: passkey_delete
DELETE FROM passkey WHERE brand_id = $1 AND id = $2
-- name: passkey_delete_of
DELETE FROM passkey WHERE brand_id = $1 AND external_id = $2

-- name: passkey_ask_put
INSERT INTO passkey_ask ({passkey_ask}) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (brand_id, guest_id, adds) DO UPDATE SET hash = excluded.hash, handle = excluded.handle,
expires_at = excluded.expires_at
-- name: passkey_ask_take
DELETE FROM passkey_ask WHERE brand_id = $1 AND guest_id = $2 AND adds = $3
RETURNING {passkey_ask}
-- name: passkey_ask_end
DELETE FROM passkey_ask WHERE brand_id = $1 AND guest_id = $2
-- name: passkey_ask_expire
DELETE FROM passkey_ask WHERE brand_id = $1 AND expires_at < $2
