-- name: lease_get
SELECT holder, fence, beat FROM lease WHERE name = $1
-- name: lease_list
SELECT name, holder, fence, beat FROM lease ORDER BY name
-- name: lease_make
INSERT INTO lease (name, holder, fence, beat) VALUES ($1, 0, 0, 0) ON CONFLICT (name) DO NOTHING
-- name: lease_take
UPDATE lease SET holder = $2, fence = fence + 1, beat = 0 WHERE name = $1 AND holder = $3 AND fence = $4 AND beat = $5
-- name: lease_renew
UPDATE lease SET beat = beat + 1 WHERE name = $1 AND holder = $2 AND fence = $3
-- name: lease_release
UPDATE lease SET holder = 0, beat = beat + 1 WHERE name = $1 AND holder = $2 AND fence = $3
-- name: lease_held
SELECT count(*) FROM lease WHERE name = $1 AND holder = $2 AND fence = $3
