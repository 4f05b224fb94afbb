-- columns: outbox brand_id, id, channel_id, conversation_id, state, attempts, next_at, lease_until, failure, words, code, step, carry, answered_at, approved, claimed_by, claim
-- name: outbox_insert
INSERT INTO outbox ({outbox}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0)
-- name: outbox_update
UPDATE outbox SET state = $3, attempts = $4, next_at = $5, lease_until = $6, failure = $7, words = $8, code = $9,
    step = $10, carry = $11, answered_at = $12, claimed_by = $13, claim = $14
WHERE brand_id = $1 AND id = $2
-- name: outbox_delete
DELETE FROM outbox WHERE brand_id = $1 AND id = $2
-- name: outbox_by_id
SELECT {outbox} FROM outbox WHERE brand_id = $1 AND id = $2
-- name: outbox_can_go
SELECT {o.outbox} FROM outbox o
WHERE o.brand_id = $1 AND o.state = 'ready' AND o.next_at <= $2
    AND o.channel_id IN (SELECT id FROM channel WHERE brand_id = $1 AND state = 'on' AND rate_until <= $2)
    AND o.channel_id NOT IN ($LIST(4))
    AND NOT EXISTS (SELECT 1 FROM outbox before WHERE before.brand_id = $1 AND before.brand_id = o.brand_id
        AND before.conversation_id = o.conversation_id AND before.channel_id = o.channel_id AND before.id < o.id
        AND before.state <> 'failed')
ORDER BY o.next_at, o.id LIMIT $3
-- name: outbox_of
SELECT {outbox} FROM outbox WHERE brand_id = $1 AND conversation_id = $2 ORDER BY id
-- name: outbox_ready_of
SELECT {outbox} FROM outbox WHERE brand_id = $1 AND state = 'ready' AND channel_id = $2
-- name: outbox_left_of
SELECT {outbox} FROM outbox WHERE brand_id = $1 AND state IN ('sending', 'unsure') AND channel_id = $2 ORDER BY id
-- name: outbox_move
UPDATE outbox SET conversation_id = $3 WHERE brand_id = $1 AND id = $2
-- name: outbox_sending
SELECT {outbox} FROM outbox WHERE brand_id = $1 AND state = 'sending' ORDER BY next_at, id LIMIT $2
-- name: outbox_wake
UPDATE outbox SET next_at = $3 WHERE brand_id = $1 AND channel_id = $2 AND state = 'ready' AND next_at > $3
    AND failure <> ''
-- name: outbox_census
SELECT channel_id, state, count(*), min(id) FROM outbox WHERE brand_id = $1 GROUP BY channel_id, state
ORDER BY channel_id, state
