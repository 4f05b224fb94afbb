-- What waits for a network waits by channel, one at a time: of a channel with a backlog the first is looked up, and the
-- rest is not read again and again. Files that were stored before say no channel: nobody fetches them any more.
ALTER TABLE attachment ADD COLUMN channel_id BIGINT NOT NULL DEFAULT 0;
UPDATE attachment SET channel_id = coalesce((SELECT m.channel_id FROM message m
    WHERE m.brand_id = attachment.brand_id AND m.id = attachment.message_id), 0)
WHERE state = 'pending';
CREATE INDEX attachment_lane ON attachment (brand_id, channel_id, next_at) WHERE state = 'pending';
CREATE INDEX nameless_lane ON nameless (brand_id, channel_id, next_at);
