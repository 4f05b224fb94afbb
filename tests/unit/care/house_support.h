/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of care share that need a house: a folder of its own, one brand, colleagues, a channel, a
 * person. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* base/error.h has a function of that name */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/author.h"
#include "care/house.h"
#include "care/ledger.h"
#include "store/agent.h"
#include "store/brand.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/person.h"

/* Where houses are made: NULL, the file of their folder; else postgresql://… (tests of both engines set it). */
static const char *house_database;

struct test_house {
    char folder[64];
    struct house *house;
    struct arena *arena;
    struct brand brand;
    int64_t channel, person;
    struct actor marta, paolo, lead, reader, token; /* marta promises and owns; paolo is another colleague */
};

/* A command with its context; asserts that it succeeds. */
static inline void house_write(struct test_house *h, db_command *command, void *ctx)
{
    struct error e = {0};
    if (!db_write(h->house->db, h->brand.id, command, ctx, &e))
        fail_msg("%s", e.message);
}

static inline bool agent_make(struct tx *tx, struct test_house *h, const char *name, enum role role,
                              struct actor *actor, struct error *e)
{
    *actor = (struct actor){.brand_id = h->brand.id, .agent_id = id_new(), .role = role, .name = str_from(name)};
    struct agent agent = {.brand_id = h->brand.id,
                          .id = actor->agent_id,
                          .email = str_format(h->arena, "%s@nuvola.example", name),
                          .name = actor->name,
                          .role = role,
                          .language = STR("it"),
                          .scheme = STR("auto")};
    return agent_add(tx, &agent, e);
}

static inline bool house_fill_command(struct tx *tx, void *ctx, struct error *e)
{
    struct test_house *h = ctx;
    h->brand = (struct brand){.id = id_new(),
                              .name = STR("nuvola"),
                              .title = STR("Nuvola"),
                              .zone = STR("Europe/Rome"),
                              .language = STR("it"),
                              .created_at = tx_now(tx)};
    h->channel = id_new();
    h->person = id_new();
    struct channel_row row = {.brand_id = h->brand.id,
                              .id = h->channel,
                              .network = STR("telegram"),
                              .name = STR("Nuvola su Telegram"),
                              .state = STR("on"),
                              .created_at = tx_now(tx)};
    struct person person = {.brand_id = h->brand.id, .id = h->person, .name = STR("Irene Sala"), .since = tx_now(tx)};
    bool ok = brand_add(tx, &h->brand, e) && channel_row_add(tx, &row, e) && person_add(tx, &person, e) &&
              agent_make(tx, h, "marta", ROLE_AGENT, &h->marta, e) &&
              agent_make(tx, h, "paolo", ROLE_AGENT, &h->paolo, e) &&
              agent_make(tx, h, "lena", ROLE_LEAD, &h->lead, e) &&
              agent_make(tx, h, "rosa", ROLE_READ_ONLY, &h->reader, e);
    h->token = h->marta;
    h->token.token_id = 7;
    return ok;
}

static inline int house_set_up(void **state)
{
    struct error e = {0};
    struct test_house *h = calloc(1, sizeof *h);
    assert_non_null(h);
    snprintf(h->folder, sizeof h->folder, "/tmp/ascolto-care-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    h->arena = arena_new();
    h->house = house_open(h->folder, house_database, true, &e);
    if (!h->house)
        fail_msg("%s", e.message);
    house_write(h, house_fill_command, h);
    *state = h;
    return 0;
}

static inline int house_tear_down(void **state)
{
    struct test_house *h = *state;
    char command[96];
    house_close(h->house);
    arena_free(h->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", h->folder);
    int code = system(command);
    free(h);
    return code;
}
