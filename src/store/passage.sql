-- columns: passage brand_id, id, hash, kind, conversation_id, agent_id, message_id, is_public, giver_id, place, made_at, expires_at, used_at, guest_id, talk_id, withdrawn_at, withdrawn_by, proven_at, proven_by, merge_id
-- name: passage_insert
INSERT INTO passage ({passage}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
-- name: passage_by_hash
SELECT {passage} FROM passage WHERE brand_id = $1 AND hash = $2
-- name: passage_by_id
SELECT {passage} FROM passage WHERE brand_id = $1 AND id = $2
-- name: passage_of_conversation
SELECT {passage} FROM passage WHERE brand_id = $1 AND conversation_id = $2 AND message_id > 0 ORDER BY id
-- name: passage_of_talk
SELECT {passage} FROM passage WHERE brand_id = $1 AND talk_id = $2 AND talk_id > 0 ORDER BY id
-- name: passage_of_guest
SELECT {passage} FROM passage WHERE brand_id = $1 AND guest_id = $2 AND guest_id > 0 ORDER BY id
-- name: passage_of_merge
SELECT {passage} FROM passage WHERE brand_id = $1 AND merge_id = $2 AND merge_id > 0 ORDER BY id
-- name: passage_update
UPDATE passage SET message_id = $3, is_public = $4, expires_at = $5, talk_id = $6, withdrawn_at = $7, withdrawn_by = $8,
    proven_at = $9, proven_by = $10, merge_id = $11
WHERE brand_id = $1 AND id = $2
-- name: passage_use
UPDATE passage SET used_at = $3, guest_id = $4 WHERE brand_id = $1 AND id = $2 AND used_at = 0 AND withdrawn_at = 0
-- name: passage_move
UPDATE passage SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: passage_move_talk
UPDATE passage SET talk_id = $3 WHERE brand_id = $1 AND talk_id = $2 AND talk_id > 0
-- name: passage_expire
DELETE FROM passage WHERE brand_id = $1 AND kind = $2 AND message_id = 0 AND made_at < $3
