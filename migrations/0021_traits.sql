-- What tells who somebody is: of a name on a network (message_id 0) or said by them in a message. value: p and a phone
-- number in E.164 without +, e and an e-mail address, h and a handle, folded; aim: the network a handle was said of.
CREATE TABLE trait (
    brand_id BIGINT NOT NULL,
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    value TEXT NOT NULL,
    message_id BIGINT NOT NULL,
    aim TEXT NOT NULL,
    PRIMARY KEY (brand_id, network, external_id, value)
)
-- only: sqlite
WITHOUT ROWID
-- end
;
CREATE INDEX trait_value ON trait (brand_id, value);

-- Two that a colleague said are not one, both ways; as they were before any merge.
CREATE TABLE stranger (
    brand_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, person_id, other_id)
)
-- only: sqlite
WITHOUT ROWID
-- end
;

INSERT INTO trait (brand_id, network, external_id, value, message_id, aim)
SELECT brand_id, network, external_id, 'p' || phone, 0, '' FROM identity WHERE phone <> '';
INSERT INTO trait (brand_id, network, external_id, value, message_id, aim)
SELECT brand_id, network, external_id, 'e' || external_id, 0, '' FROM identity WHERE network = 'email';
INSERT INTO trait (brand_id, network, external_id, value, message_id, aim)
SELECT brand_id, network, external_id, 'h' || handle, 0, '' FROM identity WHERE handle <> '' AND network <> 'email';
