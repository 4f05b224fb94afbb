-- name: misdated_count
SELECT count(*) FROM (
    SELECT id FROM outbox WHERE brand_id = $1 AND state = 'ready' AND next_at > $3 AND (next_at > $4 OR attempts = 0)
    UNION ALL
    SELECT id FROM channel WHERE brand_id = $1 AND rate_until > $4
    UNION ALL
    SELECT id FROM attachment WHERE brand_id = $1 AND state = 'pending'
        AND next_at > $2 AND (next_at > $4 OR attempts = 0)
    UNION ALL
    SELECT channel_id FROM nameless WHERE brand_id = $1 AND next_at > $2 AND tries = 0
    UNION ALL
    SELECT channel_id FROM asking WHERE brand_id = $1 AND (checked_until > $2 OR failing_since > $2)
    UNION ALL
    SELECT message_id FROM wish WHERE brand_id = $1 AND next_at > $4 + 86400000000
) misdated
-- name: misdated_reply_new
UPDATE outbox SET next_at = $2 WHERE brand_id = $1 AND state = 'ready' AND next_at > $2 AND attempts = 0
-- name: misdated_reply_tried
UPDATE outbox SET next_at = $3 WHERE brand_id = $1 AND state = 'ready' AND next_at > $2 AND attempts > 0
-- name: misdated_channel
UPDATE channel SET rate_until = $3 WHERE brand_id = $1 AND rate_until > $2
-- name: misdated_file
UPDATE attachment SET next_at = $4 WHERE brand_id = $1 AND state = 'pending' AND next_at > $2
    AND (next_at > $3 OR attempts = 0)
-- name: misdated_name
UPDATE nameless SET next_at = $3 WHERE brand_id = $1 AND next_at > $2 AND tries = 0
-- name: misdated_list
UPDATE asking SET next_at = $3, whole_at = $3, checked_until = CASE WHEN checked_until > $2 THEN $3 ELSE checked_until END,
    failing_since = CASE WHEN failing_since > $2 THEN $3 ELSE failing_since END
WHERE brand_id = $1 AND (checked_until > $2 OR failing_since > $2)
-- name: misdated_wish
UPDATE wish SET next_at = $3 WHERE brand_id = $1 AND next_at > $2 + 86400000000
