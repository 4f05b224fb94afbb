-- What the brand's own site says of a guest whom it vouches for (docs/adr/0019): shown to colleagues as said by it.
ALTER TABLE guest ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE guest ADD COLUMN phone TEXT NOT NULL DEFAULT '';
