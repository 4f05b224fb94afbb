-- Short lists that every page reads lie in the order in which they are shown: putting them in order each time costs more
-- than reading them.
DROP INDEX promise_person;
CREATE INDEX promise_person ON promise (brand_id, person_id, due_at);
CREATE INDEX saved_view_name ON saved_view (brand_id, agent_id, name, id);
CREATE INDEX channel_name ON channel (brand_id, name, id);
CREATE INDEX agent_name ON agent (brand_id, name, id);
