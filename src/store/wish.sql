-- columns: wish message_id, channel_id, what, tries, next_at
-- name: wish_add
INSERT INTO wish (brand_id, {wish}) VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (brand_id, message_id) DO NOTHING
-- name: wish_due
SELECT {w.wish} FROM wish w JOIN channel c ON c.brand_id = w.brand_id AND c.id = w.channel_id
WHERE w.brand_id = $1 AND w.next_at <= $2 AND (c.state = 'on' OR c.removed_at > 0) ORDER BY w.next_at LIMIT 20
-- name: wish_get
SELECT {wish} FROM wish WHERE brand_id = $1 AND message_id = $2
-- name: wish_again
UPDATE wish SET tries = $3, next_at = $4 WHERE brand_id = $1 AND message_id = $2
-- name: wish_put_off
UPDATE wish SET next_at = $3 WHERE brand_id = $1 AND channel_id = $2 AND next_at < $3
-- name: wish_delete
DELETE FROM wish WHERE brand_id = $1 AND message_id = $2
