-- columns: conversation brand_id, id, person_id, state, owner_id, need, need_by, need_at, priority, waiting, waiting_since, window_until, promise_due, rank_at, last_at, last_in_at, last_out_at, channel_id, door, preview, language, messages, returns, handovers, failed, mood, snooze_until, closed_at, closed_by, outcome, reason, created_at
-- columns: listed id, person_id, state, owner_id, priority, waiting, waiting_since, window_until, promise_due, rank_at, last_at, last_out_at, channel_id, door, preview, language, returns, failed, mood, snooze_until, closed_by
-- name: conversation_insert
INSERT INTO conversation ({conversation})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32)
-- name: conversation_update
UPDATE conversation SET person_id = $3, state = $4, owner_id = $5, need = $6, need_by = $7, need_at = $8,
    priority = $9, waiting = $10, waiting_since = $11, window_until = $12, promise_due = $13, rank_at = $14,
    last_at = $15, last_in_at = $16, last_out_at = $17, channel_id = $18, door = $19, preview = $20, language = $21,
    messages = $22, returns = $23, handovers = $24, failed = $25, mood = $26, snooze_until = $27, closed_at = $28,
    closed_by = $29, outcome = $30, reason = $31
WHERE brand_id = $1 AND id = $2
-- name: conversation_update_in_place
UPDATE conversation SET need = $3, need_by = $4, need_at = $5, priority = $6, waiting = $7, waiting_since = $8,
    window_until = $9, promise_due = $10, last_at = $11, last_in_at = $12, last_out_at = $13, channel_id = $14,
    door = $15, preview = $16, language = $17, messages = $18, returns = $19, handovers = $20, failed = $21, mood = $22,
    closed_at = $23, closed_by = $24, outcome = $25, reason = $26
WHERE brand_id = $1 AND id = $2
-- name: conversation_by_id
SELECT {conversation} FROM conversation WHERE brand_id = $1 AND id = $2
-- name: conversation_with
SELECT {c.conversation}, p.brand_id, p.id, p.name, p.language, p.place, p.note, p.since, p.last_at, p.merged_into,
    EXISTS (SELECT 1 FROM conversation_label x WHERE x.brand_id = $1 AND x.conversation_id = $2),
    EXISTS (SELECT 1 FROM outbox x WHERE x.brand_id = $1 AND x.conversation_id = $2),
    EXISTS (SELECT 1 FROM promise x WHERE x.brand_id = $1 AND x.conversation_id = $2),
    EXISTS (SELECT 1 FROM entry x WHERE x.brand_id = $1 AND x.conversation_id = $2),
    EXISTS (SELECT 1 FROM draft x WHERE x.brand_id = $1 AND x.conversation_id = $2),
    EXISTS (SELECT 1 FROM promise x WHERE x.brand_id = $1 AND x.person_id = c.person_id),
    EXISTS (SELECT 1 FROM conversation x WHERE x.brand_id = $1 AND x.person_id = c.person_id AND x.id <> $2),
    EXISTS (SELECT 1 FROM passage x WHERE x.brand_id = $1 AND x.conversation_id = $2),
    EXISTS (SELECT 1 FROM passage x WHERE x.brand_id = $1 AND x.talk_id = $2 AND x.talk_id > 0)
FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND c.id = $2
-- name: conversation_after
SELECT {conversation} FROM conversation WHERE brand_id = $1 AND id > $2 ORDER BY id LIMIT $3
-- name: conversation_newest_of
SELECT {conversation} FROM conversation WHERE brand_id = $1 AND person_id = $2 AND outcome <> 'joined'
-- name: conversation_move_person
UPDATE conversation SET person_id = $3 WHERE brand_id = $1 AND id = $2
-- name: conversation_standing
SELECT state, owner_id, person_id, rank_at, snooze_until FROM conversation WHERE brand_id = $1 AND id = $2
-- name: conversation_list_state
SELECT {conversation} FROM conversation
WHERE brand_id = $1 AND state = $2 AND (rank_at, id) > ($3, $4) ORDER BY rank_at, id LIMIT $5
-- name: conversation_list_owner
SELECT {conversation} FROM conversation
WHERE brand_id = $1 AND owner_id = $2 AND state = $3 AND (rank_at, id) > ($4, $5) ORDER BY rank_at, id LIMIT $6
-- name: conversation_list_newest
SELECT {conversation} FROM conversation
WHERE brand_id = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4
-- name: conversation_list_person
SELECT {conversation} FROM conversation
WHERE brand_id = $1 AND person_id = $2 AND (last_at, id) < ($3, $4) ORDER BY last_at DESC, id DESC LIMIT $5
-- name: conversation_list_label
SELECT {c.conversation} FROM conversation_label l
JOIN conversation c ON c.brand_id = l.brand_id AND c.id = l.conversation_id
WHERE l.brand_id = $1 AND l.label_id = $2 AND l.conversation_id < $3 ORDER BY l.conversation_id DESC LIMIT $4
-- name: conversation_rows_state [sqlite]
SELECT {c.listed}, p.name, p.language FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND c.state = $2
    AND (c.rank_at, c.id) > ($3, $4) ORDER BY c.rank_at, c.id LIMIT $5
-- name: conversation_rows_state [postgres]
SELECT {c.listed}, p.name, p.language FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND c.state = $2
    AND (c.rank_at, c.id) > ($3, $4) ORDER BY c.rank_at, c.id LIMIT (SELECT CAST($5 AS BIGINT))
-- name: conversation_rows_owner [sqlite]
SELECT {c.listed}, p.name, p.language FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND c.owner_id = $2 AND c.state = $3
    AND (c.rank_at, c.id) > ($4, $5) ORDER BY c.rank_at, c.id LIMIT $6
-- name: conversation_rows_owner [postgres]
SELECT {c.listed}, p.name, p.language FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND c.owner_id = $2 AND c.state = $3
    AND (c.rank_at, c.id) > ($4, $5) ORDER BY c.rank_at, c.id LIMIT (SELECT CAST($6 AS BIGINT))
-- name: conversation_rows_newest [sqlite]
SELECT {c.listed}, p.name, p.language FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND (c.last_at, c.id) < ($2, $3)
ORDER BY c.last_at DESC, c.id DESC LIMIT $4
-- name: conversation_rows_newest [postgres]
SELECT {c.listed}, p.name, p.language FROM conversation c CROSS JOIN person p
WHERE p.brand_id = c.brand_id AND p.id = c.person_id AND c.brand_id = $1 AND (c.last_at, c.id) < ($2, $3)
ORDER BY c.last_at DESC, c.id DESC LIMIT (SELECT CAST($4 AS BIGINT))
-- name: conversation_rows_label
SELECT {c.listed}, p.name, p.language FROM conversation_label l
JOIN conversation c ON c.brand_id = l.brand_id AND c.id = l.conversation_id
JOIN person p ON p.brand_id = c.brand_id AND p.id = c.person_id
WHERE l.brand_id = $1 AND l.label_id = $2 AND l.conversation_id < $3 ORDER BY l.conversation_id DESC LIMIT $4
-- name: conversation_by_ids
SELECT {conversation} FROM conversation WHERE brand_id = $1 AND id IN ($LIST(2))
-- name: conversation_due
SELECT {conversation} FROM conversation
WHERE brand_id = $1 AND snooze_until > 0 AND snooze_until <= $2 ORDER BY snooze_until LIMIT 100
-- name: conversation_closing
SELECT {conversation} FROM conversation
WHERE brand_id = $1 AND window_until > $2 AND window_until < $3 AND window_until > 0 AND state + 0 = $4
    AND waiting_since > 0 AND rank_at + 0 > $5
LIMIT 100
-- name: conversation_shut
SELECT {conversation} FROM conversation WHERE brand_id = $1 AND state = $2 AND rank_at <= $3 ORDER BY rank_at, id LIMIT 100
-- name: conversation_absorb_messages
UPDATE message SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: conversation_absorb_entries
UPDATE entry SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: conversation_absorb_promises
UPDATE promise SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: conversation_absorb_outbox
UPDATE outbox SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: conversation_absorb_mentions
UPDATE mention SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2
-- name: conversation_absorb_labels
INSERT INTO conversation_label (brand_id, conversation_id, label_id)
SELECT brand_id, CAST($3 AS BIGINT), label_id FROM conversation_label WHERE brand_id = $1 AND conversation_id = $2
ON CONFLICT (brand_id, conversation_id, label_id) DO NOTHING
-- name: conversation_labels_delete
DELETE FROM conversation_label WHERE brand_id = $1 AND conversation_id = $2
-- name: conversation_absorb_drafts
UPDATE draft SET conversation_id = $3
WHERE brand_id = $1 AND conversation_id = $2 AND NOT EXISTS (
    SELECT 1 FROM draft d WHERE d.brand_id = $1 AND d.conversation_id = $3
        AND d.agent_id = draft.agent_id AND d.kind = draft.kind)
-- name: tally_add
INSERT INTO tally (brand_id, owner_id, state, n) VALUES ($1, $2, $3, $4)
ON CONFLICT (brand_id, owner_id, state) DO UPDATE SET n = tally.n + excluded.n
-- name: tally_owner
SELECT n FROM tally WHERE brand_id = $1 AND owner_id = $2 AND state = $3
-- name: tally_waiting
SELECT CAST(coalesce(sum(CASE WHEN owner_id = $2 THEN n END), 0) AS BIGINT), CAST(coalesce(sum(n), 0) AS BIGINT)
FROM tally WHERE brand_id = $1 AND state = $3
-- name: tally_all
SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM tally WHERE brand_id = $1 AND state = $2

-- name: label_list
SELECT id, name, hue FROM label WHERE brand_id = $1 AND removed_at = 0 ORDER BY name
-- name: label_list_of
SELECT l.id, l.name, l.hue FROM conversation_label c JOIN label l ON l.brand_id = c.brand_id AND l.id = c.label_id
WHERE c.brand_id = $1 AND c.conversation_id = $2 AND l.removed_at = 0 ORDER BY l.name
-- name: label_insert
INSERT INTO label (brand_id, id, name, hue, removed_at) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (brand_id, name) DO UPDATE SET removed_at = 0, hue = excluded.hue
-- name: label_remove
UPDATE label SET removed_at = $3 WHERE brand_id = $1 AND id = $2 AND removed_at = 0
-- name: label_unname
UPDATE label SET name = name || ' ' || CAST(id AS TEXT) WHERE brand_id = $1 AND name = $2 AND removed_at <> 0
-- name: label_rename
UPDATE label SET name = $3 WHERE brand_id = $1 AND id = $2 AND removed_at = 0
-- name: label_find
SELECT id FROM label WHERE brand_id = $1 AND name = $2 AND removed_at = 0
-- name: conversation_label_add
INSERT INTO conversation_label (brand_id, conversation_id, label_id) VALUES ($1, $2, $3)
ON CONFLICT (brand_id, conversation_id, label_id) DO NOTHING
-- name: conversation_has_label
SELECT count(*) FROM conversation_label WHERE brand_id = $1 AND conversation_id = $2 AND label_id = $3
-- name: conversation_label_delete
DELETE FROM conversation_label WHERE brand_id = $1 AND conversation_id = $2 AND label_id = $3

-- columns: entry brand_id, conversation_id, id, kind, agent_id, other_id, text, summary, at
-- name: entry_insert
INSERT INTO entry ({entry}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
-- name: entry_list
SELECT {entry} FROM entry WHERE brand_id = $1 AND conversation_id = $2 ORDER BY id LIMIT 500
-- name: mention_insert
INSERT INTO mention (brand_id, agent_id, id, conversation_id, by_id, at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (brand_id, agent_id, id) DO NOTHING
-- name: mention_seen
UPDATE mention SET seen_at = $4 WHERE brand_id = $1 AND agent_id = $2 AND conversation_id = $3 AND seen_at = 0
-- name: mention_list
SELECT m.id, m.conversation_id, m.by_id, m.at, p.name FROM mention m
JOIN conversation c ON c.brand_id = m.brand_id AND c.id = m.conversation_id
JOIN person p ON p.brand_id = c.brand_id AND p.id = c.person_id
WHERE m.brand_id = $1 AND m.agent_id = $2 AND m.seen_at = 0 ORDER BY m.id DESC LIMIT 50

-- columns: draft brand_id, conversation_id, agent_id, kind, door, channel_id, text, by_token, at
-- name: draft_put
INSERT INTO draft ({draft}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (brand_id, conversation_id, agent_id, kind) DO UPDATE SET door = excluded.door,
    channel_id = excluded.channel_id, text = excluded.text, by_token = excluded.by_token, at = excluded.at
-- name: draft_delete
DELETE FROM draft WHERE brand_id = $1 AND conversation_id = $2 AND agent_id = $3 AND kind = $4
-- name: draft_list
SELECT {draft} FROM draft WHERE brand_id = $1 AND conversation_id = $2 AND (agent_id + 0 = $3 OR agent_id + 0 = 0)
ORDER BY agent_id DESC, kind DESC
