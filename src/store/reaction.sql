-- name: reaction_put
INSERT INTO reaction (brand_id, message_id, author_id, emoji, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, message_id, author_id) DO UPDATE SET emoji = excluded.emoji, at = excluded.at
WHERE reaction.at <= excluded.at
-- name: reaction_delete_of
DELETE FROM reaction WHERE brand_id = $1 AND message_id = $2
-- name: reaction_list
SELECT r.message_id, r.emoji, count(*) FROM message m CROSS JOIN reaction r
WHERE r.brand_id = m.brand_id AND r.message_id = m.id AND m.brand_id = $1 AND m.conversation_id = $2
    AND r.emoji <> ''
GROUP BY r.message_id, r.emoji ORDER BY r.message_id, count(*) DESC, r.emoji LIMIT 500
