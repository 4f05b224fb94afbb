-- name: opening_insert
INSERT INTO opening (brand_id, weekday, opens, closes) VALUES ($1, $2, $3, $4)
-- name: opening_clear
DELETE FROM opening WHERE brand_id = $1
-- name: opening_list
SELECT weekday, opens, closes FROM opening WHERE brand_id = $1 ORDER BY weekday, opens
-- name: closed_day_insert
INSERT INTO closed_day (brand_id, day) VALUES ($1, $2) ON CONFLICT (brand_id, day) DO NOTHING
-- name: closed_day_delete
DELETE FROM closed_day WHERE brand_id = $1 AND day = $2
-- name: closed_day_list
SELECT day FROM closed_day WHERE brand_id = $1 AND day >= $2 ORDER BY day LIMIT 400

-- name: waited_insert
INSERT INTO waited (brand_id, id, micros) VALUES ($1, $2, $3) ON CONFLICT (brand_id, id) DO NOTHING
-- name: waited_since
SELECT micros FROM waited WHERE brand_id = $1 AND id >= $2 ORDER BY id DESC LIMIT $3
