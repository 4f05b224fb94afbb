-- columns: event brand_id, id, kind, conversation_id, subject_id, actor_id, at, data
-- name: event_insert
INSERT INTO event ({event}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
-- name: event_list
SELECT {event} FROM event WHERE brand_id = $1 AND id > $2 ORDER BY id LIMIT $3
-- name: event_newest
SELECT {event} FROM event WHERE brand_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
-- name: event_last_id
SELECT id FROM event WHERE brand_id = $1 ORDER BY id DESC LIMIT 1
