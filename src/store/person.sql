-- columns: person brand_id, id, name, language, place, note, since, last_at, merged_into
-- name: person_insert
INSERT INTO person ({person}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
-- name: person_update
UPDATE person SET name = $3, language = $4, place = $5, note = $6, since = $7, last_at = $8, merged_into = $9
WHERE brand_id = $1 AND id = $2
-- name: person_seen
UPDATE person SET last_at = $3 WHERE brand_id = $1 AND id = $2 AND last_at < $3
-- name: person_by_id
SELECT {person} FROM person WHERE brand_id = $1 AND id = $2
-- name: person_waiting_longest
SELECT m.conversation_id, m.channel_id, m.at, p.id, p.name, p.language FROM message m CROSS JOIN person p
WHERE p.brand_id = m.brand_id AND p.id = m.person_id AND m.brand_id = $1 AND m.place = 1 ORDER BY m.at LIMIT 1
-- name: person_by_ids
SELECT {person} FROM person WHERE brand_id = $1 AND id IN ($LIST(2))
-- name: person_list
SELECT {person} FROM person WHERE brand_id = $1 AND id > $2 ORDER BY id LIMIT $3

-- columns: identity brand_id, network, external_id, person_id, first_person_id, handle, name, phone, unreachable, seen_at, told_at
-- name: identity_insert
INSERT INTO identity ({identity}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
-- name: identity_update
UPDATE identity SET handle = $4, name = $5, phone = $6, seen_at = $7
WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: identity_set_told
UPDATE identity SET told_at = $4 WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: identity_told_before
SELECT {identity} FROM identity
WHERE brand_id = $1 AND network = $2 AND told_at > 0 AND told_at < $3 ORDER BY told_at LIMIT $4
-- name: identity_find
SELECT {identity} FROM identity WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: identity_unreachable
UPDATE identity SET unreachable = $4 WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: identity_reachable
UPDATE identity SET unreachable = '' WHERE brand_id = $1 AND network = $2 AND external_id = $3 AND unreachable <> ''
-- name: identity_move
UPDATE identity SET person_id = $3 WHERE brand_id = $1 AND person_id = $2
-- name: identity_move_one
UPDATE identity SET person_id = $4 WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: identity_list
SELECT {identity} FROM identity WHERE brand_id = $1 AND person_id = $2
ORDER BY person_id, network, external_id
-- name: acquaintance_list
SELECT {i.identity}, {p.person}, {c.conversation} FROM identity i
JOIN person p ON p.brand_id = i.brand_id AND p.id = i.person_id
LEFT JOIN conversation c ON c.brand_id = i.brand_id AND c.person_id = i.person_id AND c.outcome <> 'joined'
WHERE i.brand_id = $1 AND i.network = $2 AND i.external_id IN ($LIST(3))
-- columns: nameless network, external_id, channel_id, tries, next_at
-- name: nameless_put
INSERT INTO nameless (brand_id, {nameless}) VALUES ($1, $2, $3, $4, 0, $5)
ON CONFLICT (brand_id, network, external_id) DO NOTHING
-- name: nameless_due
SELECT {n.nameless} FROM channel c CROSS JOIN nameless n
WHERE c.brand_id = $1 AND c.id NOT IN ($LIST(3))
    AND n.brand_id = $1 AND n.brand_id = c.brand_id AND n.channel_id = c.id
    AND n.next_at = (SELECT min(x.next_at) FROM nameless x
        WHERE x.brand_id = $1 AND x.brand_id = c.brand_id AND x.channel_id = c.id)
    AND +n.next_at <= $2
LIMIT 20
-- name: nameless_again
UPDATE nameless SET tries = $4, next_at = $5 WHERE brand_id = $1 AND network = $2 AND external_id = $3
-- name: nameless_delete
DELETE FROM nameless WHERE brand_id = $1 AND network = $2 AND external_id = $3

-- columns: person_merge brand_id, id, from_id, into_id, agent_id, moved, at, undone_at
-- name: person_merge_insert
INSERT INTO person_merge ({person_merge}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
-- name: person_merge_by_id
SELECT {person_merge} FROM person_merge WHERE brand_id = $1 AND id = $2
-- name: person_merge_undone
UPDATE person_merge SET undone_at = $3 WHERE brand_id = $1 AND id = $2
-- name: person_merge_list
SELECT m.id, m.from_id, p.name, m.agent_id, m.at
FROM person_merge m JOIN person p ON p.brand_id = m.brand_id AND p.id = m.from_id
WHERE m.brand_id = $1 AND m.into_id = $2 AND m.undone_at = 0 ORDER BY +m.id DESC
