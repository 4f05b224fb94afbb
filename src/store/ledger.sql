-- name: ledger_count_add
INSERT INTO ledger_count (brand_id, channel_id, day, place, n) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, channel_id, day, place) DO UPDATE SET n = ledger_count.n + excluded.n
-- name: ledger_counts_by_day
SELECT channel_id, day, place, n FROM ledger_count
WHERE brand_id = $1 AND day >= $2 AND day <= $3 AND n <> 0 ORDER BY day, channel_id, place
-- name: ledger_received
SELECT CAST(coalesce(sum(l.n), 0) AS BIGINT) FROM channel c CROSS JOIN ledger_count l
WHERE l.brand_id = c.brand_id AND l.channel_id = c.id AND c.brand_id = $1 AND l.day = $2 AND l.place > 0
-- name: ledger_counts_by_channel
SELECT channel_id, CAST(0 AS BIGINT), place, CAST(sum(n) AS BIGINT) FROM ledger_count
WHERE brand_id = $1 AND day >= $2 AND day <= $3 GROUP BY channel_id, place ORDER BY channel_id, place
-- name: ledger_recount
SELECT channel_id, day, place, count(*) FROM message WHERE brand_id = $1 AND outbound = 0
GROUP BY channel_id, day, place ORDER BY day, channel_id, place

-- columns: statement brand_id, day, body, previous, hash, signature, public_key, at, event_id
-- name: statement_insert
INSERT INTO statement ({statement}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
-- name: statement_by_day
SELECT {statement} FROM statement WHERE brand_id = $1 AND day = $2
-- name: statement_last
SELECT {statement} FROM statement WHERE brand_id = $1 ORDER BY day DESC LIMIT 1
-- name: statement_list
SELECT {statement} FROM statement WHERE brand_id = $1 AND day > $2 ORDER BY day LIMIT $3
