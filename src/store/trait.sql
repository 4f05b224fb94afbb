-- name: trait_put
INSERT INTO trait (brand_id, network, external_id, value, message_id, aim) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (brand_id, network, external_id, value) DO NOTHING
-- name: trait_forget
DELETE FROM trait WHERE brand_id = $1 AND network = $2 AND external_id = $3 AND message_id = $4
-- name: likeness_list [sqlite]
SELECT m.value, i.network, m.message_id, m.aim, i.first_person_id, o.network, t.message_id, t.aim, o.first_person_id,
    p.id, p.name
FROM identity i
CROSS JOIN trait m ON m.brand_id = i.brand_id AND m.network = i.network AND m.external_id = i.external_id
CROSS JOIN trait t INDEXED BY trait_value ON t.brand_id = m.brand_id AND t.value = m.value
CROSS JOIN identity o ON o.brand_id = t.brand_id AND o.network = t.network AND o.external_id = t.external_id
    AND o.person_id <> i.person_id
CROSS JOIN person p ON p.brand_id = o.brand_id AND p.id = o.person_id
WHERE i.brand_id = $1 AND i.person_id = $2 AND p.merged_into = 0 AND NOT EXISTS (
    SELECT 1 FROM stranger s
    WHERE s.brand_id = i.brand_id AND s.person_id = i.first_person_id AND s.other_id = o.first_person_id)
LIMIT 60
-- name: likeness_list [postgres]
WITH own AS MATERIALIZED (
    SELECT m.brand_id, m.value, m.network, m.message_id, m.aim, i.first_person_id FROM identity i
    JOIN trait m ON m.brand_id = i.brand_id AND m.network = i.network AND m.external_id = i.external_id
    WHERE i.brand_id = $1 AND i.person_id = $2
), other AS MATERIALIZED (
    SELECT own.brand_id, own.value, own.network AS own_network, own.message_id AS own_message, own.aim AS own_aim,
        own.first_person_id AS own_first, t.network, t.external_id, t.message_id, t.aim
    FROM own JOIN trait t ON t.brand_id = own.brand_id AND t.value = own.value WHERE t.brand_id = $1
)
SELECT t.value, t.own_network, t.own_message, t.own_aim, t.own_first, o.network, t.message_id, t.aim,
    o.first_person_id, p.id, p.name
FROM other t
JOIN identity o ON o.brand_id = t.brand_id AND o.network = t.network AND o.external_id = t.external_id
    AND o.person_id <> $2
JOIN person p ON p.brand_id = o.brand_id AND p.id = o.person_id
WHERE o.brand_id = $1 AND p.brand_id = $1 AND p.merged_into = 0 AND NOT EXISTS (
    SELECT 1 FROM stranger s
    WHERE s.brand_id = $1 AND s.person_id = t.own_first AND s.other_id = o.first_person_id)
LIMIT 60
-- name: stranger_put
INSERT INTO stranger (brand_id, person_id, other_id, agent_id, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (brand_id, person_id, other_id) DO NOTHING
