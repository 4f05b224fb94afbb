-- Whose reply window closes within the hour goes before everybody else: they are looked for as time passes.
CREATE INDEX conversation_window ON conversation (brand_id, window_until) WHERE window_until > 0;
-- only: sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('conversation', 'conversation_window', '100000 100000 2');
-- end
