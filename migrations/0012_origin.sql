-- What a message came from: an ad, a product, being forwarded, a group. A JSON list; empty: simply written.
ALTER TABLE message ADD COLUMN origin TEXT NOT NULL DEFAULT '';
