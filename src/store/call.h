/* SPDX-License-Identifier: Apache-2.0 */
/* Voice calls from the care site: who called, who has it, what became of it; what the two pages tell each other while
 * it lives; who takes calls; the brand's settings for them. */
#pragma once

#include "store/store.h"

enum call_state {
    CALL_RINGING,
    CALL_TALKING,
    CALL_HELD,
    CALL_ENDED,    /* somebody hung up */
    CALL_LOST,     /* no sign of life of one side any more */
    CALL_MISSED,   /* nobody answered in time */
    CALL_DECLINED, /* all who could have said that they cannot */
    CALL_GIVEN_UP, /* the guest hung up before somebody answered */
    CALL_STATES
};
const char *call_state_name(enum call_state state); /* "ringing" … */

struct call {
    int64_t brand_id, id, conversation_id, message_id, guest_id;
    enum call_state state;
    bool open;
    int64_t agent_id;           /* who has it; 0: nobody yet */
    int64_t asked_id, asked_at; /* who is asked to take it over; 0: nobody */
    struct str why;             /* … and why */
    struct str declined;        /* colleagues who said that they cannot: "7 12" */
    int64_t leg;
    struct str guest_seat, agent_seat;
    int64_t guest_at, agent_at;
    int64_t answered_at, ended_at;
};
bool call_is_live(const struct call *call); /* it rings or is spoken */
bool call_add(struct tx *tx, const struct call *call, struct error *e) MUST_USE;
bool call_update(struct tx *tx, const struct call *call, struct error *e) MUST_USE; /* all but whose it is */
bool call_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct call *out,
                struct error *e) MUST_USE; /* ERR_NOT_FOUND */
/* The open ones, oldest first; the newest of all. */
bool call_list_open(struct tx *tx, struct arena *a, int64_t brand, struct call **out, size_t *count,
                    struct error *e) MUST_USE;
bool call_list_newest(struct tx *tx, struct arena *a, int64_t brand, int limit, struct call **out, size_t *count,
                      struct error *e) MUST_USE;

struct call_signal {
    int64_t brand_id, call_id, id, leg;
    bool to_guest;
    struct str kind, data;
};
bool call_signal_add(struct tx *tx, const struct call_signal *signal, struct error *e) MUST_USE;
bool call_signal_list(struct tx *tx, struct arena *a, const struct call *call, bool to_guest, int64_t after,
                      struct call_signal **out, size_t *count, struct error *e) MUST_USE;
bool call_signal_count(struct tx *tx, const struct call *call, bool to_guest, int64_t *out, struct error *e) MUST_USE;
bool call_signal_clear(struct tx *tx, const struct call *call, struct error *e) MUST_USE;

bool call_duty_put(struct tx *tx, int64_t brand, int64_t agent, int64_t at, struct error *e) MUST_USE;
bool call_duty_end(struct tx *tx, int64_t brand, int64_t agent, struct error *e) MUST_USE;
/* Colleagues seen since. */
bool call_duty_list(struct tx *tx, struct arena *a, int64_t brand, int64_t since, int64_t **out, size_t *count,
                    struct error *e) MUST_USE;

struct call_setting {
    struct str servers; /* "stun:…", "turn:…", one a line */
    struct str secret;  /* sealed; empty: none */
    bool relay_only;
    struct str phone;
};
bool call_setting_get(struct tx *tx, struct arena *a, int64_t brand, struct call_setting *out,
                      struct error *e) MUST_USE;
bool call_setting_put(struct tx *tx, int64_t brand, const struct call_setting *setting, struct error *e) MUST_USE;
