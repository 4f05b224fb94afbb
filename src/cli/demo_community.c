/* SPDX-License-Identifier: Apache-2.0 */
/* Filling the demo's community. */
#include "cli/demo_community.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/embed.h"
#include "base/id.h"
#include "base/json.h"
#include "care/account.h"
#include "care/forum.h"
#include "care/house.h"

#define CATEGORIES_MAX 10
#define MINUTES        60 /* seconds */

struct filling {
    struct arena *arena;
    struct house *house;
    const struct account *account;
    int64_t brand, account_id;
    int64_t categories[CATEGORIES_MAX];
    size_t category_count;
    struct str names[100];
    struct guest guests[100];
    size_t people;
};

static bool account_make(struct tx *tx, void *ctx, struct error *e)
{
    struct filling *f = ctx;
    return account_home(tx, f->house, f->brand, &f->account_id, e);
}

static bool category_make(struct tx *tx, struct filling *f, const struct json *line, struct error *e)
{
    struct topic_category category = {.brand_id = f->brand,
                                      .id = id_new(),
                                      .title = json_text(json_get(line, "category")),
                                      .about = json_text(json_get(line, "about")),
                                      .language = json_text(json_get(line, "language")),
                                      .position = (int64_t)f->category_count + 1};
    if (f->category_count == CATEGORIES_MAX)
        return fail(e, ERR_BAD_INPUT, "The demo has at most %d categories.", CATEGORIES_MAX);
    category.name = forum_slug(tx_arena(tx), category.title);
    f->categories[f->category_count++] = category.id;
    return category_add(tx, &category, e);
}

/* Each of them wrote from a browser of their own that is gone. */
static bool person(struct tx *tx, struct filling *f, struct str name, struct guest **guest, struct member *member,
                   struct error *e)
{
    size_t i = 0;
    while (i < f->people && !str_eq(f->names[i], name))
        i++;
    if (i == COUNT_OF(f->guests))
        return fail(e, ERR_BAD_INPUT, "The demo's community has too many people.");
    *guest = &f->guests[i];
    if (i == f->people) {
        int64_t id = id_new();
        f->names[f->people++] = name;
        **guest = (struct guest){.brand_id = f->brand,
                                 .id = id,
                                 .hash = random_token(f->arena, 32),
                                 .external_id = str_format(f->arena, "guest-%lld", (long long)id),
                                 .name = name,
                                 .language = STR("it"),
                                 .created_at = tx_now(tx),
                                 .seen_at = tx_now(tx)};
        if (!guest_add(tx, *guest, e))
            return false;
    }
    return forum_join(tx, *guest, name, member, e);
}

static bool post(struct tx *tx, struct filling *f, const struct json *line, int64_t at, struct forum_say *say,
                 struct error *e)
{
    struct guest *guest;
    struct guest_words words = {.text = json_text(json_get(line, "text")), .once = random_token(tx_arena(tx), 12)};
    say->house = f->house;
    say->account = f->account;
    if (!person(tx, f, json_text(json_get(line, "by")), &guest, &say->member, e))
        return false;
    say->guest = guest;
    forum_event(tx_arena(tx), say, &words);
    say->events->items[0].at = at;
    say->events->items[0].at_exact = true;
    return forum_say(tx, say, e);
}

static bool thanks(struct tx *tx, struct filling *f, const struct forum_say *say, int64_t count, struct error *e)
{
    for (size_t i = 0; i < f->people && count > 0; i++) {
        struct forum_act act = {.guest = &f->guests[i], .post_id = say->post_id};
        if (!forum_member(tx, tx_arena(tx), act.guest, &act.member, e))
            return false;
        if (act.member.id == say->member.id)
            continue;
        if (!forum_thank(tx, &act, e))
            return false;
        count--;
    }
    return true;
}

/* Not at the moment in which the demo is made. */
static bool solved_then(struct tx *tx, const struct filling *f, const struct forum_act *act, int64_t at,
                        struct error *e)
{
    struct topic topic;
    if (!topic_by_id(tx, tx_arena(tx), f->brand, act->topic_id, &topic, e))
        return false;
    topic.solved_at = at;
    return topic_update(tx, &topic, e);
}

static bool topic_make(struct tx *tx, struct filling *f, const struct json *line, struct error *e)
{
    int64_t begun = tx_now(tx) - json_int(json_get(line, "ago"), 0) * MINUTES * SECOND_US;
    int64_t category = json_int(json_get(line, "in"), 0);
    struct forum_say question = {.title = json_text(json_get(line, "topic"))};
    const struct json *replies = json_get(line, "replies");
    question.category_id = category < (int64_t)f->category_count ? f->categories[category] : 0;
    if (!post(tx, f, line, begun, &question, e))
        return false;
    for (size_t i = 0; i < json_count(replies); i++) {
        const struct json *one = json_at(replies, i);
        struct forum_say reply = {.topic_id = question.topic_id};
        struct forum_act act = {.guest = question.guest, .member = question.member};
        int64_t at = begun + json_int(json_get(one, "after"), 0) * MINUTES * SECOND_US;
        if (!post(tx, f, one, at, &reply, e) || !thanks(tx, f, &reply, json_int(json_get(one, "thanks"), 0), e))
            return false;
        act.post_id = reply.post_id;
        if (json_bool(json_get(one, "solves"), false) &&
            !(forum_accept(tx, &act, e) && solved_then(tx, f, &act, at, e)))
            return false;
    }
    return true;
}

static bool fill(struct tx *tx, void *ctx, struct error *e)
{
    struct filling *f = ctx;
    struct str rest = embed_get(STR("demo/community.jsonl")), text;
    f->people = f->category_count = 0;
    while (str_split(&rest, '\n', &text)) {
        if (str_trim(text).len == 0)
            continue;
        const struct json *line = json_parse(f->arena, text, e);
        if (!line || !(json_get(line, "category") ? category_make(tx, f, line, e) : topic_make(tx, f, line, e)))
            return false;
    }
    return true;
}

bool demo_community(struct house *house, int64_t brand, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct filling *f = ARENA_NEW(a, struct filling);
    f->arena = a;
    f->house = house;
    f->brand = brand;
    if (!db_write(house->db, brand, account_make, f, e))
        return false;
    f->account = account_get(house, f->account_id, e);
    bool ok = f->account && db_write(house->db, brand, fill, f, e);
    if (f->account)
        account_release(house, f->account);
    return ok;
}
