-- Voice calls from the care site. The voice goes from browser to browser and is nowhere kept; these rows say who called,
-- who answered and how long it took. state: enum call_state of store/call.h. open: 1 while it rings, is spoken or waits
-- for its note. leg grows whenever one of the two joins anew; the seats are the two pages that speak. guest_at, agent_at:
-- their last sign of life.
CREATE TABLE call (
    brand_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    guest_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    open BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    asked_id BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    declined TEXT NOT NULL,
    leg BIGINT NOT NULL,
    guest_seat TEXT NOT NULL,
    agent_seat TEXT NOT NULL,
    guest_at BIGINT NOT NULL,
    agent_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX call_open ON call (brand_id, open, id);

-- What the two pages tell each other to find a way for the voice. Gone with the leg, and with the call.
CREATE TABLE call_signal (
    brand_id BIGINT NOT NULL,
    call_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    leg BIGINT NOT NULL,
    to_guest BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (brand_id, call_id, id)
);

-- Colleagues who take calls, and when a page of theirs last said so.
CREATE TABLE call_duty (
    brand_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, agent_id)
);

-- The brand's own ways for voice: addresses of STUN and TURN servers, one a line; the secret it shares with the TURN
-- server, sealed; whether voice goes only through it; the number people can call themselves.
CREATE TABLE call_setting (
    brand_id BIGINT NOT NULL,
    servers TEXT NOT NULL,
    secret BYTEA NOT NULL,
    relay_only BIGINT NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (brand_id)
);
