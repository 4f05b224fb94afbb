-- columns: topic_category brand_id, id, name, title, about, language, position
-- name: category_insert
INSERT INTO topic_category ({topic_category}, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
-- name: category_update
UPDATE topic_category SET name = $3, title = $4, about = $5, language = $6, position = $7 WHERE brand_id = $1 AND id = $2
-- name: category_remove
UPDATE topic_category SET removed_at = $3 WHERE brand_id = $1 AND id = $2 AND removed_at = 0
-- name: category_list
SELECT {topic_category} FROM topic_category WHERE brand_id = $1 AND removed_at = 0 ORDER BY position, id
-- name: category_by_name
SELECT {topic_category} FROM topic_category WHERE brand_id = $1 AND name = $2 AND removed_at = 0
-- name: category_taken
SELECT count(*) FROM topic_category WHERE brand_id = $1 AND name = $2 AND id <> $3
-- columns: topic brand_id, id, category_id, member_id, question_id, solved_id, solved_at, title, slug, posts, shown, created_at, last_at
-- name: topic_insert
INSERT INTO topic ({topic}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
-- name: topic_update
UPDATE topic SET category_id = $3, solved_id = $4, solved_at = $5, posts = $6, shown = $7, last_at = $8 WHERE brand_id = $1 AND id = $2
-- name: topic_by_id
SELECT {topic} FROM topic WHERE brand_id = $1 AND id = $2
-- name: topic_by_ids
SELECT {topic} FROM topic WHERE brand_id = $1 AND id IN ($LIST(2))
-- name: topic_list
SELECT {topic} FROM topic WHERE brand_id = $1 AND shown = 1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4
-- name: topic_list_category
SELECT {topic} FROM topic WHERE brand_id = $1 AND category_id = $5 AND shown = 1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4
-- name: topic_word_insert
INSERT INTO topic_word (brand_id, word, topic_id) VALUES ($1, $2, $3) ON CONFLICT (brand_id, word, topic_id) DO NOTHING
-- name: topic_words_delete
DELETE FROM topic_word WHERE brand_id = $1 AND topic_id = $2
-- name: topic_word_find
SELECT DISTINCT topic_id FROM topic_word WHERE brand_id = $1 AND word >= $2 AND word < $3 ORDER BY topic_id DESC LIMIT $4
-- name: topic_minutes
SELECT community_minutes FROM brand WHERE id = $1
-- name: topic_set_minutes
UPDATE brand SET community_minutes = $2 WHERE id = $1
-- columns: post brand_id, id, topic_id, member_id, agent_id, at, thanks, held, aside_by, aside_reason, appeal, appeal_at, appeal_by, appeal_answer
-- name: post_insert
INSERT INTO post ({post}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
-- name: post_update
UPDATE post SET thanks = $3, held = $4, aside_by = $5, aside_reason = $6, appeal = $7, appeal_at = $8, appeal_by = $9, appeal_answer = $10 WHERE brand_id = $1 AND id = $2
-- name: post_by_id
SELECT {post} FROM post WHERE brand_id = $1 AND id = $2
-- name: post_list
SELECT {post} FROM post WHERE brand_id = $1 AND topic_id = $2 AND id > $3 ORDER BY id LIMIT $4
-- name: post_newest
SELECT {post} FROM post WHERE brand_id = $1 AND topic_id = $2 ORDER BY id DESC LIMIT $3
-- name: post_of_member
SELECT id FROM post WHERE brand_id = $1 AND member_id = $2 AND topic_id = $3 ORDER BY id DESC LIMIT 1
-- name: post_since
SELECT p.id, topic.question_id FROM post p JOIN topic ON topic.brand_id = p.brand_id AND topic.id = p.topic_id WHERE p.brand_id = $1 AND p.member_id = $2 AND p.id > $3 ORDER BY p.id LIMIT 200
-- name: post_appeals
SELECT {post} FROM post WHERE brand_id = $1 AND appeal_by = 0 AND appeal_at > 0 ORDER BY appeal_at, id LIMIT 200
-- name: post_edits
SELECT at, text_before FROM message_edit WHERE brand_id = $1 AND message_id = $2 ORDER BY at DESC LIMIT 50
-- name: post_left_put
INSERT INTO post_left (brand_id, id, topic_id, due_at) VALUES ($1, $2, $3, $4) ON CONFLICT (brand_id, id) DO UPDATE SET due_at = excluded.due_at
-- name: post_left_end
DELETE FROM post_left WHERE brand_id = $1 AND id = $2
-- name: post_left_of
SELECT id, topic_id, due_at FROM post_left WHERE brand_id = $1 AND topic_id = $2 ORDER BY id
-- name: post_left_due
SELECT id, topic_id, due_at FROM post_left WHERE brand_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3
-- name: report_insert
INSERT INTO post_report (brand_id, post_id, member_id, topic_id, reason, at, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0) ON CONFLICT (brand_id, post_id, member_id) DO NOTHING
-- name: report_decide
UPDATE post_report SET decided_by = $3, decided_at = $4 WHERE brand_id = $1 AND post_id = $2 AND decided_at = 0
-- name: report_open
SELECT post_id, member_id, topic_id, reason, at FROM post_report WHERE brand_id = $1 AND decided_at = 0 ORDER BY at LIMIT 200
-- name: report_of
SELECT member_id, reason, at FROM post_report WHERE brand_id = $1 AND post_id = $2 ORDER BY at LIMIT 50
