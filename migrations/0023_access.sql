-- Until when a channel's access is known to last (microseconds); 0: nobody said.
ALTER TABLE channel ADD COLUMN access_until BIGINT NOT NULL DEFAULT 0;
