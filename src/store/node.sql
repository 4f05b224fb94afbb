-- columns: node number, life, host, version, since, seen_at, beat
-- name: node_list
SELECT {node} FROM node ORDER BY number
-- name: node_insert
INSERT INTO node ({node}) VALUES ($1, $2, $3, $4, $5, $5, 1)
-- name: node_beat
UPDATE node SET beat = beat + 1, seen_at = $3 WHERE number = $1 AND life = $2
-- name: node_forget
DELETE FROM node WHERE number = $1 AND life = $2 AND beat = $3
-- name: node_leave
DELETE FROM node WHERE number = $1 AND life = $2
-- name: node_alone
DELETE FROM node WHERE life <> $1
