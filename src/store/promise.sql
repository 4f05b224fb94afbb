-- columns: promise brand_id, id, conversation_id, person_id, message_id, agent_id, text, due_at, state, reminded_at, ended_at, ended_by
-- name: promise_insert
INSERT INTO promise ({promise}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
-- name: promise_update
UPDATE promise SET text = $3, due_at = $4, state = $5, reminded_at = $6, ended_at = $7, ended_by = $8
WHERE brand_id = $1 AND id = $2
-- name: promise_by_id
SELECT {promise} FROM promise WHERE brand_id = $1 AND id = $2
-- name: promise_of_conversation
SELECT {promise} FROM promise WHERE brand_id = $1 AND conversation_id = $2 ORDER BY +id
-- name: promise_of_person
SELECT {promise} FROM promise WHERE brand_id = $1 AND person_id = $2 ORDER BY due_at DESC LIMIT 50
-- name: promise_due
SELECT {promise} FROM promise WHERE brand_id = $1 AND state = 'open' AND due_at <= $2 ORDER BY due_at LIMIT 200
-- name: promise_nearest
SELECT due_at FROM promise WHERE brand_id = $1 AND conversation_id = $2 AND state = 'open' ORDER BY +due_at LIMIT 1
-- name: promise_move_person
UPDATE promise SET person_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: promise_move
UPDATE promise SET conversation_id = $3, person_id = $4
WHERE brand_id = $1 AND conversation_id = $5 AND message_id = $2
-- name: promise_delete_of
DELETE FROM promise WHERE brand_id = $1 AND message_id = $2 AND id > $2
