-- columns: push_key brand_id, public, sealed, told, created_at
-- columns: push_device brand_id, id, hash, guest_id, agent_id, session, sealed, words, language, created_at, told_at, lane
-- columns: push_note brand_id, device_id, conversation_id, kind, subject_id, actor_id, attempts, next_at, expires_at, lane
-- name: push_key_get
SELECT {push_key} FROM push_key WHERE brand_id = $1
-- name: push_key_insert
INSERT INTO push_key ({push_key}) VALUES ($1, $2, $3, $4, $5)
-- name: push_key_told
UPDATE push_key SET told = $2 WHERE brand_id = $1
-- name: push_key_delete
DELETE FROM push_key WHERE brand_id = $1

-- name: push_device_insert
INSERT INTO push_device ({push_device}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
-- name: push_device_by_id
SELECT {push_device} FROM push_device WHERE brand_id = $1 AND id = $2
-- name: push_device_list
SELECT {push_device} FROM push_device WHERE brand_id = $1 AND guest_id = $2 AND agent_id = $3 ORDER BY id DESC
-- name: push_device_of_person
SELECT {d.push_device} FROM push_device d
JOIN guest g ON g.brand_id = d.brand_id AND g.id = d.guest_id
JOIN identity i ON i.brand_id = g.brand_id AND i.network = 'site' AND i.external_id = g.external_id
WHERE d.brand_id = $1 AND i.person_id = $2 AND d.guest_id <> 0
-- name: push_device_told
UPDATE push_device SET told_at = $3 WHERE brand_id = $1 AND id = $2
-- name: push_device_any
SELECT id FROM push_device WHERE brand_id = $1 LIMIT 1
-- name: push_device_delete
DELETE FROM push_device WHERE brand_id = $1 AND id = $2
-- name: push_device_delete_hash
DELETE FROM push_device WHERE brand_id = $1 AND hash = $2
-- name: push_device_delete_of
DELETE FROM push_device WHERE brand_id = $1 AND guest_id = $2 AND agent_id = $3
-- name: push_device_delete_all
DELETE FROM push_device WHERE brand_id = $1
-- name: push_device_tidy_guests
DELETE FROM push_device WHERE brand_id = $1 AND guest_id <> 0
AND NOT EXISTS (SELECT 1 FROM guest g WHERE g.brand_id = $1 AND g.id = push_device.guest_id)
-- name: push_device_tidy_agents
DELETE FROM push_device WHERE brand_id = $1 AND agent_id <> 0
AND session NOT IN (SELECT csrf FROM session WHERE brand_id = $1)

-- name: push_note_put
INSERT INTO push_note ({push_note}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (brand_id, device_id, conversation_id) DO UPDATE SET kind = excluded.kind, subject_id = excluded.subject_id,
actor_id = excluded.actor_id, next_at = excluded.next_at, expires_at = excluded.expires_at
-- name: push_note_due
SELECT {push_note} FROM push_note WHERE brand_id = $1 AND lane = $2 AND next_at <= $3 ORDER BY next_at LIMIT $4
-- name: push_note_lanes
SELECT DISTINCT lane FROM push_note WHERE brand_id = $1 AND next_at <= $2
-- name: push_note_later
UPDATE push_note SET attempts = $5, next_at = $6
WHERE brand_id = $1 AND device_id = $2 AND conversation_id = $3 AND subject_id = $4
-- name: push_note_delete
DELETE FROM push_note WHERE brand_id = $1 AND device_id = $2 AND conversation_id = $3 AND subject_id = $4
-- name: push_note_tidy
DELETE FROM push_note WHERE brand_id = $1
AND (expires_at < $2
    OR NOT EXISTS (SELECT 1 FROM push_device d WHERE d.brand_id = $1 AND d.id = push_note.device_id))
