-- columns: member brand_id, id, external_id, name, folded, helped, created_at
-- name: member_insert
INSERT INTO member ({member}) VALUES ($1, $2, $3, $4, $5, $6, $7)
-- name: member_find
SELECT {member} FROM member WHERE brand_id = $1 AND external_id = $2
-- name: member_named
SELECT {member} FROM member WHERE brand_id = $1 AND folded = $2
-- name: member_by_ids
SELECT {member} FROM member WHERE brand_id = $1 AND id IN ($LIST(2))
-- name: member_set_helped
UPDATE member SET helped = $3 WHERE brand_id = $1 AND id = $2
-- name: thanks_insert
INSERT INTO post_thanks (brand_id, post_id, member_id, helper_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (brand_id, post_id, member_id) DO NOTHING
-- name: thanks_people
SELECT count(DISTINCT member_id) FROM post_thanks WHERE brand_id = $1 AND helper_id = $2
-- name: follow_insert
INSERT INTO topic_follow (brand_id, member_id, topic_id, seen_at, named_at) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (brand_id, member_id, topic_id) DO NOTHING
-- name: follow_seen
UPDATE topic_follow SET seen_at = $4 WHERE brand_id = $1 AND member_id = $2 AND topic_id = $3
-- name: follow_named
INSERT INTO topic_follow (brand_id, member_id, topic_id, seen_at, named_at) VALUES ($1, $2, $3, 0, $4) ON CONFLICT (brand_id, member_id, topic_id) DO UPDATE SET named_at = excluded.named_at
-- name: follow_delete
DELETE FROM topic_follow WHERE brand_id = $1 AND member_id = $2 AND topic_id = $3
-- name: follow_list
SELECT topic_id, seen_at, named_at FROM topic_follow WHERE brand_id = $1 AND member_id = $2 ORDER BY topic_id DESC LIMIT 200
