-- The layer's own table: which migrations this database has had.

-- name: schema_version_create
CREATE TABLE IF NOT EXISTS schema_version (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)

-- name: schema_version_get
SELECT COALESCE(MAX(version), 0) FROM schema_version

-- name: schema_version_add
INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)
