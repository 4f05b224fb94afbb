-- Who else has this phone: asked for every person a colleague looks at.
CREATE INDEX identity_phone ON identity (brand_id, phone) WHERE phone <> '';
