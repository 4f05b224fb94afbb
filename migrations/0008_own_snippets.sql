-- Whose a snippet is: a colleague's own wording, or (0) everybody's.
ALTER TABLE snippet ADD COLUMN agent_id BIGINT NOT NULL DEFAULT 0;
