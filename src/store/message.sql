-- columns: message brand_id, id, conversation_id, person_id, channel_id, thread_key, door, is_public, outbound, agent_id, external_id, parent_id, kind, text, note, link, author_id, at, received_at, place, place_by, day, receipt, covers, edited_at, deleted_at, attachments, payload_id, origin, shut, told_at
-- name: message_insert
INSERT INTO message ({message})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31)
-- name: message_by_id
SELECT {message} FROM message WHERE brand_id = $1 AND id = $2
-- name: message_by_ids
SELECT {message} FROM message WHERE brand_id = $1 AND id IN ($LIST(2))
-- name: message_list
SELECT {message} FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND (at, id) < ($3, $4) ORDER BY at DESC, id DESC LIMIT $5
-- name: message_in_place
SELECT {message} FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND place = $3 AND +id <= $4 ORDER BY at, id
-- name: message_last_in
SELECT {message} FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND outbound = 0 AND channel_id = $3 AND door = $4 AND deleted_at = 0
ORDER BY at DESC, id DESC LIMIT 1
-- name: message_last_from
SELECT m.at FROM conversation c JOIN message m ON m.brand_id = c.brand_id AND m.conversation_id = c.id
WHERE c.brand_id = $1 AND c.person_id = $2 AND m.outbound = 0 AND m.channel_id = $3 AND m.door = $4
    AND m.author_id = $5 AND m.at > $6 AND m.deleted_at = 0
ORDER BY m.at DESC LIMIT 1
-- name: message_newest_in
SELECT {message} FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND outbound = 0 AND deleted_at = 0 ORDER BY at DESC, id DESC LIMIT 1
-- name: message_move
UPDATE message SET conversation_id = $3, person_id = $4 WHERE brand_id = $1 AND id = $2
-- name: message_newest
SELECT {message} FROM message WHERE brand_id = $1 AND conversation_id = $2 ORDER BY at DESC, id DESC LIMIT 1
-- name: message_last_out
SELECT {message} FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND outbound = 1 AND receipt >= 2 AND id <> $3
ORDER BY at DESC, id DESC LIMIT 1
-- name: message_covered
SELECT CAST(coalesce(max(covers), 0) AS BIGINT) FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND at >= 0 AND outbound = 1 AND receipt >= 2 AND +id <> $3
-- name: message_longest_waiting
SELECT {message} FROM message WHERE brand_id = $1 AND place = 1 ORDER BY at LIMIT 1
-- name: message_waiting_oldest
SELECT {message} FROM message WHERE brand_id = $1 AND place = 1 ORDER BY at LIMIT $2
-- name: message_set_place
UPDATE message SET place = $3, place_by = $4 WHERE brand_id = $1 AND id = $2
-- name: message_set_text
UPDATE message SET text = $3, edited_at = $4 WHERE brand_id = $1 AND id = $2
-- name: message_set_told
UPDATE message SET told_at = $3 WHERE brand_id = $1 AND id = $2
-- name: message_set_words
UPDATE message SET text = $3, note = $4, told_at = $5 WHERE brand_id = $1 AND id = $2
-- name: message_set_found
UPDATE message SET kind = $3, text = $4, note = $5, link = $6, author_id = $7, at = $8, door = $9, attachments = $10,
    origin = $11, shut = $12, told_at = $13, parent_id = $14
WHERE brand_id = $1 AND id = $2
-- name: message_set_gone
UPDATE message SET text = '', note = '', origin = '', told_at = $3 WHERE brand_id = $1 AND id = $2
-- name: message_told_before
SELECT {message} FROM message
WHERE brand_id = $1 AND channel_id = $2 AND told_at > 0 AND told_at < $3 ORDER BY told_at LIMIT $4
-- name: message_set_shut
UPDATE message SET shut = $3 WHERE brand_id = $1 AND id = $2
-- name: message_set_payload
UPDATE message SET payload_id = $3 WHERE brand_id = $1 AND id = $2
-- name: message_set_deleted
UPDATE message SET text = '', note = '', origin = '', deleted_at = $3 WHERE brand_id = $1 AND id = $2
-- name: message_set_back
UPDATE message SET text = $3, note = $4, deleted_at = 0 WHERE brand_id = $1 AND id = $2
-- name: message_set_receipt
UPDATE message SET receipt = $3 WHERE brand_id = $1 AND id = $2 AND receipt < $3
-- name: message_set_accepted
UPDATE message SET receipt = 2, external_id = $3, at = $4 WHERE brand_id = $1 AND id = $2 AND receipt < 2
-- name: message_set_external
UPDATE message SET external_id = $3 WHERE brand_id = $1 AND id = $2
-- name: message_set_failed
UPDATE message SET receipt = $3 WHERE brand_id = $1 AND id = $2 AND receipt < 2
-- name: message_set_undelivered
UPDATE message SET receipt = 1 WHERE brand_id = $1 AND id = $2 AND receipt = 2
-- name: message_delete_queued
DELETE FROM message WHERE brand_id = $1 AND id = $2 AND outbound = 1 AND receipt < 2
-- name: message_move_person
UPDATE message SET person_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: message_receipts_upto
UPDATE message SET receipt = $5
WHERE brand_id = $1 AND conversation_id = $2 AND outbound = 1 AND channel_id = $3 AND at <= $4
    AND receipt >= 2 AND receipt < $5
-- name: message_unread
SELECT count(*) FROM message
WHERE brand_id = $1 AND conversation_id = $2 AND at >= 0 AND outbound = $3 AND channel_id = $4
    AND receipt >= $5 AND receipt < 4
-- name: message_read_all
UPDATE message SET receipt = 4
WHERE brand_id = $1 AND conversation_id = $2 AND at >= 0 AND outbound = $3 AND channel_id = $4
    AND receipt >= $5 AND receipt < 4
-- name: message_edit_insert
INSERT INTO message_edit (brand_id, message_id, at, text_before) VALUES ($1, $2, $3, $4)
ON CONFLICT (brand_id, message_id, at) DO NOTHING
-- name: message_edit_last
SELECT text_before FROM message_edit WHERE brand_id = $1 AND message_id = $2 ORDER BY at DESC LIMIT 1
-- name: message_edit_delete
DELETE FROM message_edit WHERE brand_id = $1 AND message_id = $2

-- name: dedup_find
SELECT message_id FROM dedup WHERE brand_id = $1 AND hash = $2
-- name: dedup_list
SELECT hash FROM dedup WHERE brand_id = $1 AND hash IN ($LIST(2))
-- name: dedup_insert_new
INSERT INTO dedup (brand_id, hash, message_id) VALUES ($1, $2, $3)
-- name: dedup_insert
INSERT INTO dedup (brand_id, hash, message_id) VALUES ($1, $2, $3) ON CONFLICT (brand_id, hash) DO NOTHING
-- name: dedup_set
INSERT INTO dedup (brand_id, hash, message_id) VALUES ($1, $2, $3)
ON CONFLICT (brand_id, hash) DO UPDATE SET message_id = excluded.message_id

-- name: early_insert
INSERT INTO early (brand_id, channel_id, external_id, id, kind, text, receipt, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
-- name: early_list
SELECT id, kind, text, receipt, at FROM early
WHERE brand_id = $1 AND channel_id = $2 AND external_id = $3 AND kind BETWEEN $4 AND $5 ORDER BY id
-- name: early_among
SELECT external_id FROM early WHERE brand_id = $1 AND channel_id = $2 AND external_id IN ($LIST(3))
-- name: early_count
SELECT count(*) FROM early WHERE brand_id = $1 AND channel_id = $2 AND external_id = $3
-- name: early_expire
DELETE FROM early WHERE brand_id = $1 AND id < $2
-- name: early_delete
DELETE FROM early WHERE brand_id = $1 AND channel_id = $2 AND external_id = $3 AND kind BETWEEN $4 AND $5

-- name: thread_put
INSERT INTO thread (brand_id, channel_id, key, title, link, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (brand_id, channel_id, key) DO UPDATE SET
    title = CASE WHEN excluded.title = '' THEN thread.title ELSE excluded.title END,
    link = CASE WHEN excluded.link = '' THEN thread.link ELSE excluded.link END
-- name: thread_retitle
UPDATE thread SET title = $4 WHERE brand_id = $1 AND channel_id = $2 AND key = $3
-- name: thread_get
SELECT title, link FROM thread WHERE brand_id = $1 AND channel_id = $2 AND key = $3

-- columns: attachment brand_id, id, message_id, kind, mime, name, size, url, media_id, hash, state, problem, attempts, next_at, channel_id
-- name: attachment_insert
INSERT INTO attachment ({attachment}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
-- name: attachment_update
UPDATE attachment SET mime = $3, name = $4, size = $5, hash = $6, state = $7, problem = $8, attempts = $9,
    next_at = $10, message_id = $11
WHERE brand_id = $1 AND id = $2
-- name: attachment_by_id
SELECT {attachment} FROM attachment WHERE brand_id = $1 AND id = $2
-- name: attachment_list
SELECT {attachment} FROM attachment WHERE brand_id = $1 AND message_id = $2 ORDER BY +id
-- name: attachment_due
SELECT {a.attachment} FROM channel c CROSS JOIN attachment a
WHERE c.brand_id = $1 AND c.id NOT IN ($LIST(3))
    AND a.brand_id = $1 AND a.brand_id = c.brand_id AND a.channel_id = c.id AND a.state = 'pending'
    AND a.next_at = (SELECT min(x.next_at) FROM attachment x
        WHERE x.brand_id = $1 AND x.brand_id = c.brand_id AND x.channel_id = c.id AND x.state = 'pending')
    AND +a.next_at <= $2
LIMIT 16
-- name: attachment_remove_of
UPDATE attachment SET state = 'removed', name = '', hash = '', url = '', media_id = ''
WHERE brand_id = $1 AND message_id = $2
-- name: attachment_delete_of
DELETE FROM attachment WHERE brand_id = $1 AND message_id = $2
-- name: attachment_free
UPDATE attachment SET message_id = 0 WHERE brand_id = $1 AND message_id = $2
-- name: blob_insert
INSERT INTO blob (brand_id, hash, mime, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT (brand_id, hash) DO NOTHING
-- name: blob_get
SELECT mime, bytes FROM blob WHERE brand_id = $1 AND hash = $2
-- name: blob_unused
DELETE FROM blob WHERE brand_id = $1 AND hash = $2 AND NOT EXISTS (
    SELECT 1 FROM attachment a WHERE a.brand_id = $1 AND a.hash = blob.hash AND a.hash <> '') AND NOT EXISTS (
    SELECT 1 FROM article_picture p WHERE p.brand_id = $1 AND p.hash = blob.hash)
-- name: message_after
SELECT {message} FROM message WHERE brand_id = $1 AND id > $2 ORDER BY id LIMIT $3
