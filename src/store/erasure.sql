-- columns: erasure brand_id, id, person_id, conversation_id, receipt, state, posts_stay, asked_at, due_at, decided_by, decided_at, reason, carry, done_at, accounts, stories, messages, files, payloads, events
-- name: erasure_insert
INSERT INTO erasure ({erasure}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
-- name: erasure_by_id
SELECT {erasure} FROM erasure WHERE brand_id = $1 AND id = $2
-- name: erasure_by_receipt
SELECT {erasure} FROM erasure WHERE brand_id = $1 AND receipt = $2 AND receipt <> ''
-- name: erasure_newest_of
SELECT {erasure} FROM erasure WHERE brand_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 1
-- name: erasure_list
SELECT {erasure} FROM erasure WHERE brand_id = $1 AND state = $2 ORDER BY id DESC LIMIT $3
-- name: erasure_update
UPDATE erasure SET person_id = $3, conversation_id = $4, state = $5, decided_by = $6, decided_at = $7, reason = $8,
    carry = $9, done_at = $10
WHERE brand_id = $1 AND id = $2
-- name: erasure_to_person
UPDATE erasure SET person_id = $3 WHERE brand_id = $1 AND conversation_id = $2 AND conversation_id > 0 AND state = 0
-- name: erasure_to_conversation
UPDATE erasure SET conversation_id = $3 WHERE brand_id = $1 AND conversation_id = $2 AND conversation_id > 0
-- name: erasure_count
UPDATE erasure SET accounts = accounts + $3, stories = stories + $4, messages = messages + $5, files = files + $6,
    payloads = payloads + $7, events = events + $8
WHERE brand_id = $1 AND id = $2

-- name: erase_merged
SELECT id FROM person WHERE brand_id = $1 AND merged_into > 0 AND merged_into = $2
-- name: erase_guests
SELECT id FROM guest WHERE brand_id = $1 AND external_id = $2
-- name: erase_identity
DELETE FROM identity WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: erase_traits
DELETE FROM trait WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: erase_notice
DELETE FROM notice WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: erase_proofs
DELETE FROM proof WHERE brand_id = $1 AND guest_id = $2
-- name: erase_letter_codes
DELETE FROM letter_code WHERE brand_id = $1 AND guest_id = $2
-- name: erase_passage_guest
UPDATE passage SET guest_id = 0 WHERE brand_id = $1 AND guest_id = $2 AND guest_id > 0
-- name: erase_reactions
DELETE FROM reaction WHERE brand_id = $1 AND author_id = $2
-- name: erase_strangers
DELETE FROM stranger WHERE brand_id = $1 AND (person_id = $2 OR other_id = $2)
-- name: erase_merges
UPDATE person_merge SET moved = '{}', undone_at = $3 WHERE brand_id = $1 AND into_id = $2
-- name: erase_member
UPDATE member SET external_id = $3, name = $4, folded = $3 WHERE brand_id = $1 AND id = $2
-- name: erase_member_follows
DELETE FROM topic_follow WHERE brand_id = $1 AND member_id = $2
-- name: erase_member_reports
UPDATE post_report SET reason = '' WHERE brand_id = $1 AND member_id = $2
-- name: erase_post
UPDATE post SET aside_reason = '', appeal = '', appeal_answer = '' WHERE brand_id = $1 AND id = $2
-- name: erase_topic
UPDATE topic SET title = $3, slug = $4 WHERE brand_id = $1 AND id = $2

-- name: erase_message
UPDATE message SET thread_key = $3, external_id = '', parent_id = '', text = '', note = $4, link = '', author_id = '',
    origin = '', shut = '', told_at = 0, payload_id = 0, attachments = 0, edited_at = 0, deleted_at = $5
WHERE brand_id = $1 AND id = $2
-- name: erase_message_author
UPDATE message SET external_id = '', parent_id = '', link = '', author_id = '', payload_id = 0
WHERE brand_id = $1 AND id = $2
-- name: erase_attachments
DELETE FROM attachment WHERE brand_id = $1 AND message_id = $2 RETURNING hash
-- name: erase_wish
DELETE FROM wish WHERE brand_id = $1 AND message_id = $2
-- name: erase_thread
DELETE FROM thread WHERE brand_id = $1 AND channel_id = $2 AND key = $3

-- name: erase_notes
DELETE FROM entry WHERE brand_id = $1 AND conversation_id = $2 AND kind IN ('note', 'handover', 'need')
-- name: erase_entries
UPDATE entry SET text = '', summary = '' WHERE brand_id = $1 AND conversation_id = $2
-- name: erase_drafts
DELETE FROM draft WHERE brand_id = $1 AND conversation_id = $2
-- name: erase_promises
UPDATE promise SET text = '' WHERE brand_id = $1 AND conversation_id = $2
-- name: erase_promises_open
UPDATE promise SET state = 'dismissed', ended_at = $3, ended_by = $4
WHERE brand_id = $1 AND conversation_id = $2 AND state IN ('open', 'noticed')
-- name: erase_mentions
DELETE FROM mention WHERE brand_id = $1 AND conversation_id = $2
-- name: erase_call
UPDATE call SET why = '', guest_id = 0 WHERE brand_id = $1 AND conversation_id = $2
-- name: erase_passages
UPDATE passage SET place = '', guest_id = 0, giver_id = 0 WHERE brand_id = $1 AND conversation_id = $2
-- name: erase_event
UPDATE event SET data = $3 WHERE brand_id = $1 AND id = $2
