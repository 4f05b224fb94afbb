-- When people are there to answer: spans of a weekday (0 Sunday) in minutes of the brand's own day, and days on which
-- nobody is; and how long those waited who were answered, one row a reply that answered somebody.

CREATE TABLE opening (
    brand_id BIGINT NOT NULL,
    weekday BIGINT NOT NULL,
    opens BIGINT NOT NULL,
    closes BIGINT NOT NULL,
    PRIMARY KEY (brand_id, weekday, opens)
);

CREATE TABLE closed_day (
    brand_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (brand_id, day)
);

CREATE TABLE waited (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
