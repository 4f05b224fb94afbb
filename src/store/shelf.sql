-- columns: payload brand_id, id, channel_id, body, state, reason, replayed_by, replayed_at, listing
-- name: payload_insert
INSERT INTO payload ({payload}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
-- name: payload_by_id
SELECT {payload} FROM payload WHERE brand_id = $1 AND id = $2
-- name: payload_set_state
UPDATE payload SET state = $3, reason = $4, replayed_by = $5, replayed_at = $6 WHERE brand_id = $1 AND id = $2
-- name: payload_forget
UPDATE payload SET body = $3 WHERE brand_id = $1 AND id = $2 AND state <> 'unread'
-- name: payload_unread
SELECT brand_id, id, channel_id, '', state, reason, replayed_by, replayed_at, listing FROM payload
WHERE brand_id = $1 AND state = 'unread' AND id < $2 ORDER BY id DESC LIMIT $3
-- name: payload_unread_count
SELECT count(*) FROM payload WHERE brand_id = $1 AND state = 'unread'

-- name: shingle_insert
INSERT INTO shingle (brand_id, hash, message_id, person_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (brand_id, hash, message_id) DO NOTHING
-- name: shingle_delete
DELETE FROM shingle WHERE brand_id = $1 AND hash = $2 AND message_id = $3
-- name: shingle_find
SELECT message_id, person_id, count(*) FROM shingle WHERE brand_id = $1 AND hash IN ($LIST(2))
GROUP BY message_id, person_id ORDER BY count(*) DESC, message_id DESC LIMIT 500

-- name: snippet_list
SELECT id, shortcut, title, text, language, agent_id FROM snippet
WHERE brand_id = $1 AND removed_at = 0 AND agent_id IN ($2, 0) ORDER BY shortcut, agent_id DESC, id
-- name: snippet_put
INSERT INTO snippet (brand_id, agent_id, id, shortcut, title, text, language, removed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
ON CONFLICT (brand_id, id) DO UPDATE SET agent_id = excluded.agent_id, shortcut = excluded.shortcut,
    title = excluded.title, text = excluded.text, language = excluded.language
-- name: snippet_remove
UPDATE snippet SET removed_at = $3 WHERE brand_id = $1 AND id = $2

-- name: saved_view_list [sqlite]
SELECT id, name, filter, agent_id FROM saved_view WHERE brand_id = $1 AND agent_id = 0
UNION ALL SELECT id, name, filter, agent_id FROM saved_view WHERE brand_id = $1 AND agent_id = $2 ORDER BY 4, 2, 1
-- name: saved_view_list [postgres]
SELECT id, name, filter, agent_id FROM saved_view WHERE brand_id = $1 AND agent_id IN (0, $2) ORDER BY agent_id, name, id
-- name: saved_view_put
INSERT INTO saved_view (brand_id, agent_id, id, name, filter) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, agent_id, id) DO UPDATE SET name = excluded.name, filter = excluded.filter
-- name: saved_view_remove
DELETE FROM saved_view WHERE brand_id = $1 AND agent_id = $2 AND id = $3

-- name: idempotency_get
SELECT request, status, answer FROM idempotency WHERE brand_id = $1 AND key = $2
-- name: idempotency_put
INSERT INTO idempotency (brand_id, key, request, status, answer, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (brand_id, key) DO NOTHING
-- name: idempotency_expire
DELETE FROM idempotency WHERE brand_id = $1 AND at < $2

-- name: imported_get
SELECT id FROM imported WHERE brand_id = $1 AND key = $2
-- name: imported_put
INSERT INTO imported (brand_id, key, id) VALUES ($1, $2, $3) ON CONFLICT (brand_id, key) DO NOTHING

-- name: second_look_insert
INSERT INTO second_look (brand_id, id, conversation_id, agent_id, verdict, at) VALUES ($1, $2, $3, $4, $5, $6)
-- name: second_look_of
SELECT count(*) FROM second_look WHERE brand_id = $1 AND conversation_id = $2 AND at >= $3
-- name: second_look_count
SELECT count(*) FROM second_look WHERE brand_id = $1 AND id >= $2 AND verdict >= $3 AND verdict <= $4

-- name: search_any [sqlite]
SELECT rowid FROM search LIMIT 1
-- name: search_any [postgres]
SELECT id FROM search WHERE brand_id = $1 LIMIT 1
