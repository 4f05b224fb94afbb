-- columns: call brand_id, id, conversation_id, message_id, guest_id, state, open, agent_id, asked_id, asked_at, why, declined, leg, guest_seat, agent_seat, guest_at, agent_at, answered_at, ended_at
-- name: call_insert
INSERT INTO call ({call}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
-- name: call_update
UPDATE call SET state = $3, open = $4, agent_id = $5, asked_id = $6, asked_at = $7, why = $8, declined = $9, leg = $10,
    guest_seat = $11, agent_seat = $12, guest_at = $13, agent_at = $14, answered_at = $15, ended_at = $16
WHERE brand_id = $1 AND id = $2
-- name: call_by_id
SELECT {call} FROM call WHERE brand_id = $1 AND id = $2
-- name: call_list_open
SELECT {call} FROM call WHERE brand_id = $1 AND open = 1 ORDER BY id LIMIT 200
-- name: call_list_newest
SELECT {call} FROM call WHERE brand_id = $1 ORDER BY id DESC LIMIT $2
-- name: call_signal_insert
INSERT INTO call_signal (brand_id, call_id, id, leg, to_guest, kind, data) VALUES ($1, $2, $3, $4, $5, $6, $7)
-- name: call_signal_list
SELECT id, kind, data FROM call_signal WHERE brand_id = $1 AND call_id = $2 AND id > $3 AND leg = $4 AND to_guest = $5 ORDER BY id
-- name: call_signal_count
SELECT count(*) FROM call_signal WHERE brand_id = $1 AND call_id = $2 AND to_guest = $3
-- name: call_signal_clear
DELETE FROM call_signal WHERE brand_id = $1 AND call_id = $2
-- name: call_duty_put
INSERT INTO call_duty (brand_id, agent_id, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (brand_id, agent_id) DO UPDATE SET seen_at = excluded.seen_at
-- name: call_duty_end
DELETE FROM call_duty WHERE brand_id = $1 AND agent_id = $2
-- name: call_duty_list
SELECT agent_id FROM call_duty WHERE brand_id = $1 AND seen_at >= $2 ORDER BY agent_id
-- name: call_setting_get
SELECT servers, secret, relay_only, phone FROM call_setting WHERE brand_id = $1
-- name: call_setting_put
INSERT INTO call_setting (brand_id, servers, secret, relay_only, phone) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id) DO UPDATE SET servers = excluded.servers, secret = excluded.secret, relay_only = excluded.relay_only, phone = excluded.phone
