-- columns: retention day, begun, until_at, pruned, at
-- name: retention_get
SELECT {retention} FROM retention WHERE brand_id = $1 AND kind = $2
-- name: retention_put
INSERT INTO retention (brand_id, kind, {retention}) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (brand_id, kind) DO UPDATE SET day = excluded.day, begun = excluded.begun, until_at = excluded.until_at,
    pruned = excluded.pruned, at = excluded.at
-- name: retention_rules
UPDATE brand SET keep_payloads = $2, keep_events = $3, keep_search = $4 WHERE id = $1

-- columns: payload_kept brand_id, id, channel_id, body, state, reason, replayed_by, replayed_at, listing
-- name: payload_old
SELECT {payload_kept} FROM payload WHERE brand_id = $1 AND id > $2 AND id < $3 AND state <> 'unread' ORDER BY id LIMIT $4
-- name: payload_old_sum
SELECT count(*), CAST(coalesce(sum(length(body)), 0) AS BIGINT) FROM payload
WHERE brand_id = $1 AND id < $2 AND state <> 'unread'
-- name: payload_delete
DELETE FROM payload WHERE brand_id = $1 AND state <> 'unread' AND id IN ($LIST(2)) RETURNING id

-- columns: event_kept brand_id, id, kind, conversation_id, subject_id, actor_id, at, data
-- name: event_old_sum
SELECT count(*), CAST(coalesce(sum(length(data)), 0) AS BIGINT) FROM event WHERE brand_id = $1 AND id <= $2
-- name: event_delete
DELETE FROM event WHERE brand_id = $1 AND id IN ($LIST(2)) RETURNING {event_kept}
-- name: statement_before
SELECT day, event_id, body FROM statement WHERE brand_id = $1 AND at < $2 AND event_id > 0 ORDER BY day DESC LIMIT 1
-- name: ledger_opening_add
INSERT INTO ledger_opening (brand_id, channel_id, day, place, n) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, channel_id, day, place) DO UPDATE SET n = ledger_opening.n + excluded.n
-- name: ledger_openings
SELECT channel_id, day, place, n FROM ledger_opening WHERE brand_id = $1 AND n <> 0 ORDER BY day, channel_id, place

-- name: unsearched_due
SELECT c.id, c.last_at FROM conversation c LEFT JOIN unsearched u ON u.brand_id = c.brand_id AND u.id = c.id
WHERE c.brand_id = $1 AND (c.last_at, c.id) > ($2, $3) AND c.last_at < $4 AND c.state + 0 = $5 AND c.closed_at < $4
    AND (u.id IS NULL OR u.upto < c.last_at)
ORDER BY c.last_at, c.id LIMIT $6
-- name: unsearched_due_sum
SELECT count(*), CAST(coalesce(sum(c.messages), 0) AS BIGINT) FROM conversation c
LEFT JOIN unsearched u ON u.brand_id = c.brand_id AND u.id = c.id
WHERE c.brand_id = $1 AND c.last_at < $2 AND c.state + 0 = $3 AND c.closed_at < $2 AND (u.id IS NULL OR u.upto < c.last_at)
-- name: unsearched_messages
SELECT m.id FROM message m LEFT JOIN unsearched u ON u.brand_id = m.brand_id AND u.id = m.id
WHERE m.brand_id = $1 AND m.conversation_id = $2 AND u.id IS NULL AND m.text <> '' ORDER BY m.at, m.id LIMIT $3
-- name: unsearched_put
INSERT INTO unsearched (brand_id, id, upto) VALUES ($1, $2, $3)
ON CONFLICT (brand_id, id) DO UPDATE SET upto = excluded.upto
-- name: unsearched_clear
DELETE FROM unsearched WHERE brand_id = $1
-- name: unsearched_take
DELETE FROM unsearched WHERE brand_id = $1 AND id = $2

-- name: attachment_unsent
SELECT id FROM attachment WHERE brand_id = $1 AND message_id = 0 AND id + 0 < $2 LIMIT $3
-- name: attachment_delete
DELETE FROM attachment WHERE brand_id = $1 AND message_id = 0 AND id IN ($LIST(2)) RETURNING id
-- name: blob_unreferred
SELECT b.hash FROM blob b WHERE b.brand_id = $1 AND b.hash > $2 AND NOT EXISTS (
    SELECT 1 FROM attachment a WHERE a.brand_id = $1 AND a.hash = b.hash AND a.hash <> '') AND NOT EXISTS (
    SELECT 1 FROM article_picture p WHERE p.brand_id = $1 AND p.hash = b.hash)
ORDER BY b.hash LIMIT $3
