-- columns: asking brand_id, channel_id, listing, cursor, checked_until, next_at, whole_at, failures, failing_since, failure, words, cost, doubted, rounds, failed, found, late, withdrawn
-- name: asking_put
INSERT INTO asking ({asking}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (brand_id, channel_id, listing) DO UPDATE SET cursor = excluded.cursor,
    checked_until = excluded.checked_until, next_at = excluded.next_at, whole_at = excluded.whole_at,
    failures = excluded.failures, failing_since = excluded.failing_since, failure = excluded.failure,
    words = excluded.words, cost = excluded.cost, doubted = excluded.doubted, rounds = excluded.rounds,
    failed = excluded.failed, found = excluded.found, late = excluded.late, withdrawn = excluded.withdrawn
-- name: asking_get
SELECT {asking} FROM asking WHERE brand_id = $1 AND channel_id = $2 AND listing = $3
-- name: asking_list
SELECT {asking} FROM asking WHERE brand_id = $1 AND (CAST($2 AS BIGINT) = 0 OR channel_id = $2) ORDER BY channel_id, listing
-- name: asking_due
SELECT {asking} FROM asking WHERE brand_id = $1 AND next_at <= $2
    AND channel_id IN (SELECT id FROM channel WHERE brand_id = $1 AND state = 'on' AND removed_at = 0)
ORDER BY next_at, channel_id, listing LIMIT $3
-- name: asking_cursor
UPDATE asking SET cursor = $4 WHERE brand_id = $1 AND channel_id = $2 AND listing = $3
-- name: asking_next
UPDATE asking SET next_at = $4 WHERE brand_id = $1 AND channel_id = $2 AND listing = $3
-- name: asking_soon
UPDATE asking SET next_at = $3, whole_at = CASE WHEN CAST($4 AS BIGINT) = 0 THEN whole_at ELSE $4 END
WHERE brand_id = $1 AND channel_id = $2

-- name: listed_each
SELECT id, at, external_id, thread_key, door FROM message
WHERE brand_id = $1 AND id > $2 AND channel_id = $3 AND at > $4 AND at < $5 AND outbound = 0 AND deleted_at = 0
    AND external_id <> ''

-- name: missing_put
INSERT INTO missing (brand_id, channel_id, listing, message_id, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, channel_id, listing, message_id) DO NOTHING
-- name: missing_list
SELECT message_id, since FROM missing WHERE brand_id = $1 AND channel_id = $2 AND listing = $3 ORDER BY message_id
-- name: missing_remove
DELETE FROM missing WHERE brand_id = $1 AND channel_id = $2 AND listing = $3 AND message_id = $4

-- name: quota_spent_get
SELECT period, asked, replied FROM quota_spent WHERE brand_id = $1 AND channel_id = $2
-- name: quota_spent_put
INSERT INTO quota_spent (brand_id, channel_id, period, asked, replied) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, channel_id) DO UPDATE SET period = excluded.period,
    asked = excluded.asked + CASE WHEN quota_spent.period = excluded.period THEN quota_spent.asked ELSE 0 END,
    replied = excluded.replied + CASE WHEN quota_spent.period = excluded.period THEN quota_spent.replied ELSE 0 END
