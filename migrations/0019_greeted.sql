-- When a channel's network last proved that it reaches us (the handshake of its webhook).
ALTER TABLE channel ADD COLUMN greeted_at BIGINT NOT NULL DEFAULT 0;
