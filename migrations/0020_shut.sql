-- Why the network lets nobody answer this message through its own door: a word, the text is shut.<network>.<word>.
ALTER TABLE message ADD COLUMN shut TEXT NOT NULL DEFAULT '';
