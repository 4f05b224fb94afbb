-- columns: article brand_id, id, category_id, position, conversation_id, name, created_at
-- columns: article_text brand_id, article_id, language, slug, latest, published, title, about, helped, author_id, reader_id, published_at
-- columns: article_version brand_id, article_id, language, number, title, about, body, agent_id, at, helped, not_helped
-- name: article_insert
INSERT INTO article ({article}) VALUES ($1, $2, $3, $4, $5, $6, $7)
-- name: article_update
UPDATE article SET category_id = $3, position = $4 WHERE brand_id = $1 AND id = $2
-- name: article_by_id
SELECT {article} FROM article WHERE brand_id = $1 AND id = $2
-- name: article_by_name
SELECT {article} FROM article WHERE brand_id = $1 AND name = $2
-- name: article_of_conversation
SELECT {article} FROM article WHERE brand_id = $1 AND conversation_id = $2 ORDER BY id DESC LIMIT 1
-- name: article_list
SELECT {article} FROM article WHERE brand_id = $1 ORDER BY category_id, position, id LIMIT 2000
-- name: article_some
SELECT {article} FROM article WHERE brand_id = $1 AND id IN ($LIST(2))
-- name: article_of_category
SELECT {article} FROM article WHERE brand_id = $1 AND category_id = $2 ORDER BY position, id LIMIT $3
-- name: article_text_insert
INSERT INTO article_text ({article_text}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
-- name: article_text_update
UPDATE article_text SET slug = $4, latest = $5, published = $6, title = $7, about = $8, author_id = $9, reader_id = $10,
    published_at = $11 WHERE brand_id = $1 AND article_id = $2 AND language = $3
-- name: article_text_of
SELECT {article_text} FROM article_text WHERE brand_id = $1 AND article_id = $2 ORDER BY language
-- name: article_text_by_slug
SELECT {article_text} FROM article_text WHERE brand_id = $1 AND slug = $2
-- name: article_text_list
SELECT {article_text} FROM article_text WHERE brand_id = $1 ORDER BY article_id, language LIMIT 10000
-- name: article_text_some
SELECT {article_text} FROM article_text WHERE brand_id = $1 AND language = $2 AND article_id IN ($LIST(3))
-- name: article_text_helped
UPDATE article_text SET helped = helped + 1 WHERE brand_id = $1 AND article_id = $2 AND language = $3
-- name: article_version_insert
INSERT INTO article_version ({article_version}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
-- name: article_version_get
SELECT {article_version} FROM article_version WHERE brand_id = $1 AND article_id = $2 AND language = $3 AND number = $4
-- name: article_version_list
SELECT brand_id, article_id, language, number, title, about, '', agent_id, at, helped, not_helped FROM article_version
WHERE brand_id = $1 AND article_id = $2 AND language = $3 ORDER BY number DESC LIMIT 100
-- name: article_version_vote
UPDATE article_version SET helped = helped + $5, not_helped = not_helped + $6
WHERE brand_id = $1 AND article_id = $2 AND language = $3 AND number = $4

-- name: article_category_list
SELECT c.id, c.position, c.icon, n.language, n.name FROM article_category c
JOIN article_category_name n ON n.brand_id = c.brand_id AND n.category_id = c.id
WHERE c.brand_id = $1 ORDER BY c.position, c.id, n.language
-- name: article_category_put
INSERT INTO article_category (brand_id, id, position, icon) VALUES ($1, $2, $3, $4)
ON CONFLICT (brand_id, id) DO UPDATE SET position = excluded.position, icon = excluded.icon
-- name: article_category_name_put
INSERT INTO article_category_name (brand_id, category_id, language, name) VALUES ($1, $2, $3, $4)
ON CONFLICT (brand_id, category_id, language) DO UPDATE SET name = excluded.name

-- name: article_word_insert
INSERT INTO article_word (brand_id, language, word, article_id, weight) VALUES ($1, $2, $3, $4, $5)
-- name: article_word_clear
DELETE FROM article_word WHERE brand_id = $1 AND article_id = $2 AND language = $3
-- name: article_word_find
SELECT article_id, word, weight FROM article_word WHERE brand_id = $1 AND language = $2 AND word IN ($LIST(3)) LIMIT 5000
-- name: article_vocabulary_insert
INSERT INTO article_vocabulary (brand_id, language, word, word_length) VALUES ($1, $2, $3, $4)
ON CONFLICT (brand_id, language, word) DO NOTHING
-- name: article_vocabulary_sweep
DELETE FROM article_vocabulary WHERE brand_id = $1 AND language = $2 AND NOT EXISTS (
    SELECT 1 FROM article_word w WHERE w.brand_id = $1 AND w.language = $2 AND w.word = article_vocabulary.word)
-- name: article_vocabulary_begins
SELECT word FROM article_vocabulary WHERE brand_id = $1 AND language = $2 AND word >= $3 AND word < $4 ORDER BY word LIMIT $5
-- name: article_vocabulary_near
SELECT word FROM article_vocabulary WHERE brand_id = $1 AND language = $2 AND word_length >= $3 AND word_length <= $4 LIMIT $5

-- name: article_picture_insert
INSERT INTO article_picture (brand_id, id, hash, mime, name, size, agent_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
-- name: article_picture_get
SELECT hash, name FROM article_picture WHERE brand_id = $1 AND id = $2
-- name: article_picture_list
SELECT id, name, size, at FROM article_picture WHERE brand_id = $1 ORDER BY id DESC LIMIT 60

-- name: article_missing_add
INSERT INTO article_missing (brand_id, language, words, id, said, missed, asked, last_at, dismissed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
ON CONFLICT (brand_id, language, words) DO UPDATE SET said = excluded.said, last_at = excluded.last_at,
    missed = article_missing.missed + excluded.missed, asked = article_missing.asked + excluded.asked
-- name: article_missing_open
SELECT id, language, said, missed, asked, last_at FROM article_missing
WHERE brand_id = $1 AND dismissed_at = 0 ORDER BY last_at DESC LIMIT 500
-- name: article_missing_get
SELECT id, language, said, missed, asked, last_at FROM article_missing WHERE brand_id = $1 AND id = $2
-- name: article_missing_dismiss
UPDATE article_missing SET dismissed_at = $3 WHERE brand_id = $1 AND id = $2
-- name: article_missing_expire
DELETE FROM article_missing WHERE brand_id = $1 AND dismissed_at = 0 AND last_at < $2
