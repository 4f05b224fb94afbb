-- name: guess_get
SELECT full_at FROM guess WHERE brand_id = $1 AND what = $2
-- name: guess_put
INSERT INTO guess (brand_id, what, full_at) VALUES ($1, $2, $3)
ON CONFLICT (brand_id, what) DO UPDATE SET full_at = excluded.full_at
-- name: guess_expire
DELETE FROM guess WHERE brand_id = $1 AND full_at < $2
