-- A brand that left: its history stays, nobody signs in any more, nothing comes in or goes out.

ALTER TABLE brand ADD COLUMN removed_at BIGINT NOT NULL DEFAULT 0;
