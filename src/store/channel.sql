-- columns: channel brand_id, id, network, name, account, settings, secrets, state, failure, failure_words, failure_at, rate_until, last_in_at, last_out_at, probed_at, created_at, removed_at, greeted_at, access_until
-- name: channel_insert
INSERT INTO channel ({channel}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
-- name: channel_update
UPDATE channel SET name = $3, account = $4, settings = $5, secrets = $6, access_until = $7 WHERE brand_id = $1 AND id = $2
-- name: channel_state
UPDATE channel SET state = $3, failure = $4, failure_words = $5, failure_at = $6 WHERE brand_id = $1 AND id = $2
-- name: channel_rate
UPDATE channel SET rate_until = $3 WHERE brand_id = $1 AND id = $2
-- name: channel_last_in
UPDATE channel SET last_in_at = $3 WHERE brand_id = $1 AND id = $2 AND last_in_at < $3
-- name: channel_last_out
UPDATE channel SET last_out_at = $3 WHERE brand_id = $1 AND id = $2 AND last_out_at < $3
-- name: channel_probed
UPDATE channel SET probed_at = $3 WHERE brand_id = $1 AND id = $2
-- name: channel_greeted
UPDATE channel SET greeted_at = $3 WHERE brand_id = $1 AND id = $2 AND greeted_at < $3
-- name: channel_access
UPDATE channel SET access_until = $3 WHERE brand_id = $1 AND id = $2
-- name: channel_remove
UPDATE channel SET removed_at = $3, state = 'paused', secrets = $4, settings = '{}'
WHERE brand_id = $1 AND id = $2 AND removed_at = 0
-- name: channel_by_id
SELECT {channel} FROM channel WHERE brand_id = $1 AND id = $2
-- name: channel_home_get
SELECT brand_id FROM channel_home WHERE id = $1
-- name: channel_homeless
SELECT c.id FROM channel c LEFT JOIN channel_home h ON h.id = c.id WHERE c.brand_id = $1 AND h.id IS NULL
-- name: channel_home_put
INSERT INTO channel_home (id, brand_id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING
-- name: approved_clear
DELETE FROM approved WHERE brand_id = $1 AND channel_id = $2
-- name: approved_put
INSERT INTO approved (brand_id, channel_id, name, language, head, body, foot) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (brand_id, channel_id, name, language) DO UPDATE SET head = excluded.head, body = excluded.body,
    foot = excluded.foot
-- name: approved_all
SELECT name, language, head, body, foot FROM approved WHERE brand_id = $1 AND channel_id = $2 ORDER BY name, language
-- name: approved_one
SELECT name, language, head, body, foot FROM approved
WHERE brand_id = $1 AND channel_id = $2 AND name = $3 AND language = $4
-- name: channel_list
SELECT {channel} FROM channel WHERE brand_id = $1 AND ($2 = 1 OR removed_at = 0) ORDER BY name, id
