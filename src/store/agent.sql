-- columns: agent brand_id, id, email, name, role, password, language, scheme, single_keys, created_at, removed_at
-- name: agent_insert
INSERT INTO agent ({agent}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
-- name: agent_update
UPDATE agent SET email = $3, name = $4, role = $5, password = $6, language = $7, scheme = $8, single_keys = $9,
    removed_at = $10
WHERE brand_id = $1 AND id = $2
-- name: agent_set_password
UPDATE agent SET password = $3 WHERE brand_id = $1 AND id = $2
-- name: agent_by_id
SELECT {agent} FROM agent WHERE brand_id = $1 AND id = $2
-- name: agent_by_email
SELECT {agent} FROM agent WHERE brand_id = $1 AND email = $2
-- name: agent_list
SELECT {agent} FROM agent WHERE brand_id = $1 ORDER BY name, id

-- columns: session brand_id, agent_id, hash, csrf, browser, created_at, seen_at, rotated_hash, rotated_at, confirmed_at
-- name: session_insert
INSERT INTO session ({session}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
-- name: session_by_hash
SELECT {session} FROM session WHERE brand_id = $1 AND hash = $2
-- name: session_visit
SELECT {s.session}, {g.agent}, (SELECT id FROM event WHERE brand_id = $1 ORDER BY id DESC LIMIT 1)
FROM session s CROSS JOIN agent g
WHERE g.brand_id = s.brand_id AND g.id = s.agent_id AND s.brand_id = $1 AND s.hash = $2
-- name: session_by_rotated
SELECT {session} FROM session WHERE brand_id = $1 AND rotated_hash = $2
-- name: session_seen
UPDATE session SET seen_at = $3 WHERE brand_id = $1 AND hash = $2
-- name: session_rotate
UPDATE session SET rotated_hash = hash, hash = $3, rotated_at = $4, seen_at = $4, confirmed_at = 0
WHERE brand_id = $1 AND hash = $2
-- name: session_rotate_again
UPDATE session SET hash = $3, rotated_at = $4, seen_at = $4 WHERE brand_id = $1 AND hash = $2 AND confirmed_at = 0
-- name: session_confirm
UPDATE session SET confirmed_at = $3, seen_at = $3 WHERE brand_id = $1 AND hash = $2 AND confirmed_at = 0
-- name: session_delete
DELETE FROM session WHERE brand_id = $1 AND hash = $2
-- name: session_delete_agent
DELETE FROM session WHERE brand_id = $1 AND agent_id = $2
-- name: session_expire
DELETE FROM session WHERE brand_id = $1 AND seen_at < $2
-- name: session_list
SELECT hash, browser, created_at, seen_at FROM session WHERE brand_id = $1 AND agent_id = $2 ORDER BY seen_at DESC

-- columns: token brand_id, id, name, hash, role, created_by, created_at, used_at, revoked_at
-- name: token_insert
INSERT INTO token ({token}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
-- name: token_by_hash
SELECT {token} FROM token WHERE brand_id = $1 AND hash = $2
-- name: token_used
UPDATE token SET used_at = $3 WHERE brand_id = $1 AND id = $2
-- name: token_revoke
UPDATE token SET revoked_at = $3 WHERE brand_id = $1 AND id = $2 AND revoked_at = 0
-- name: token_list
SELECT id, name, role, created_by, created_at, used_at, revoked_at FROM token WHERE brand_id = $1 ORDER BY id DESC
