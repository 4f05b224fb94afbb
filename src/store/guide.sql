-- columns: guide brand_id, id, category_id, position, name, created_at
-- columns: guide_text brand_id, guide_id, language, slug, title, about, published, revision, published_at, counted_since
-- columns: guide_version brand_id, guide_id, language, number, title, about, steps, agent_id, at
-- name: guide_insert
INSERT INTO guide ({guide}) VALUES ($1, $2, $3, $4, $5, $6)
-- name: guide_update
UPDATE guide SET category_id = $3, position = $4 WHERE brand_id = $1 AND id = $2
-- name: guide_by_id
SELECT {guide} FROM guide WHERE brand_id = $1 AND id = $2
-- name: guide_by_name
SELECT {guide} FROM guide WHERE brand_id = $1 AND name = $2
-- name: guide_list
SELECT {guide} FROM guide WHERE brand_id = $1 ORDER BY category_id, position, id LIMIT 1000
-- name: guide_text_put
INSERT INTO guide_text ({guide_text}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (brand_id, guide_id, language) DO UPDATE SET slug = excluded.slug, title = excluded.title,
    about = excluded.about, published = excluded.published, revision = excluded.revision,
    published_at = excluded.published_at, counted_since = excluded.counted_since
-- name: guide_text_of
SELECT {guide_text} FROM guide_text WHERE brand_id = $1 AND guide_id = $2 ORDER BY language
-- name: guide_text_by_slug
SELECT {guide_text} FROM guide_text WHERE brand_id = $1 AND slug = $2
-- name: guide_text_list
SELECT {guide_text} FROM guide_text WHERE brand_id = $1 ORDER BY guide_id, language LIMIT 5000
-- name: guide_text_some
SELECT {guide_text} FROM guide_text WHERE brand_id = $1 AND language = $2 AND guide_id IN ($LIST(3))
-- name: guide_version_put
INSERT INTO guide_version ({guide_version}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (brand_id, guide_id, language, number) DO UPDATE SET title = excluded.title, about = excluded.about,
    steps = excluded.steps, agent_id = excluded.agent_id, at = excluded.at
-- name: guide_version_drafts
SELECT {guide_version} FROM guide_version WHERE brand_id = $1 AND number = 0 ORDER BY guide_id, language LIMIT 2000
-- name: guide_version_get
SELECT {guide_version} FROM guide_version WHERE brand_id = $1 AND guide_id = $2 AND language = $3 AND number = $4

-- name: guide_count_add
INSERT INTO guide_count (brand_id, guide_id, language, step, answer, seen, moved) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (brand_id, guide_id, language, step, answer) DO UPDATE SET seen = guide_count.seen + excluded.seen,
    moved = guide_count.moved + excluded.moved
-- name: guide_count_of
SELECT guide_id, language, step, answer, seen, moved FROM guide_count
WHERE brand_id = $1 AND guide_id = $2 AND language = $3 ORDER BY step, answer LIMIT 2000
-- name: guide_count_list
SELECT guide_id, language, step, answer, seen, moved FROM guide_count
WHERE brand_id = $1 ORDER BY guide_id, language, step, answer LIMIT 50000
-- name: guide_count_clear
DELETE FROM guide_count WHERE brand_id = $1 AND guide_id = $2 AND language = $3
