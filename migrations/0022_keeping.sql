-- When the network last told these words (this name), where its terms say how long they may be kept; 0: they say
-- nothing; below 0: they were let go at that moment.
ALTER TABLE message ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX message_told ON message (brand_id, channel_id, told_at) WHERE told_at > 0;
ALTER TABLE identity ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX identity_told ON identity (brand_id, network, told_at) WHERE told_at > 0;
