-- When the name that a session was given last was first used; until then the one before opens it too.
ALTER TABLE session ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;
UPDATE session SET confirmed_at = rotated_at;
