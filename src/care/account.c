/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts on networks: adding, changing, sealing their secrets, and a small cache for webhooks and the outbox. */
#include "care/account.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/asking.h"
#include "care/house.h"
#include "care/reply.h"
#include "store/event.h"
#include "store/outbox.h"

/* ---- settings to and from the row ---- */

static const struct setting *setting_find(const struct channel *channel, struct str name)
{
    for (const struct setting *s = channel->settings; s->name; s++)
        if (str_eq(name, str_from(s->name)))
            return s;
    return NULL;
}

static void pairs_of_json(struct arena *a, const struct json *object, struct pairs *out)
{
    struct pair *items = ARENA_ARRAY(a, struct pair, out->count + json_count(object) + 1);
    for (size_t i = 0; i < out->count; i++)
        items[i] = out->items[i];
    for (size_t i = 0; i < json_count(object); i++)
        items[out->count++] = (struct pair){object->members[i].key, json_text(object->members[i].value)};
    out->items = items;
}

static bool row_pairs(struct arena *a, const struct house *house, const struct channel_row *row, struct pairs *out,
                      struct error *e)
{
    struct json *open = json_parse(a, row->settings, e);
    if (!open)
        return false;
    pairs_of_json(a, open, out);
    if (row->secrets.len == 0)
        return true;
    struct str plain;
    if (!seal_open(a, house->seal_key, row->secrets, &plain, e))
        return false;
    struct json *secrets = json_parse(a, plain, e);
    if (!secrets)
        return false;
    pairs_of_json(a, secrets, out);
    return true;
}

static void row_fill(struct arena *a, const struct house *house, const struct channel *channel,
                     const struct settings *settings, struct channel_row *row)
{
    struct json *open = json_object(a), *secret = json_object(a);
    for (const struct setting *s = channel->settings; s->name; s++) {
        struct str value = settings_get(settings, s->name);
        bool is_default = s->otherwise && str_eq(value, str_from(s->otherwise));
        if (value.len && !is_default)
            json_set_str(a, s->flags & SETTING_SECRET ? secret : open, s->name, value);
        if (value.len && s->flags & SETTING_ACCOUNT)
            row->account = value;
    }
    row->settings = json_to_str(a, open);
    row->secrets = seal(a, house->seal_key, json_to_str(a, secret));
}

static bool account_event(struct tx *tx, const char *kind, int64_t brand, int64_t id, int64_t actor, struct str name,
                          struct error *e)
{
    struct json *data = json_object(tx_arena(tx));
    json_set_str(tx_arena(tx), data, "name", name);
    struct event event = {.brand_id = brand,
                          .kind = str_from(kind),
                          .subject_id = id,
                          .actor_id = actor,
                          .at = tx_now(tx),
                          .data = json_to_str(tx_arena(tx), data)};
    return event_add(tx, &event, e);
}

static bool account_make(struct tx *tx, const struct house *house, int64_t brand, const struct channel *channel,
                         struct str name, const struct pairs *given, int64_t actor, int64_t *id, struct error *e)
{
    struct settings settings;
    if (!settings_make(tx_arena(tx), channel, given, &settings, e))
        return false;
    struct channel_row row = {.brand_id = brand,
                              .id = id_new(),
                              .network = str_from(channel->name),
                              .name = str_trim(name),
                              .state = STR("on"),
                              .created_at = tx_now(tx)};
    row_fill(tx_arena(tx), house, channel, &settings, &row);
    *id = row.id;
    return channel_row_add(tx, &row, e) && asking_mend(tx, brand, tx_now(tx), e) &&
           account_event(tx, "channel.added", brand, row.id, actor, row.name, e);
}

bool account_add(struct tx *tx, const struct house *house, int64_t brand, struct str network, struct str name,
                 const struct pairs *given, int64_t actor, int64_t *id, struct error *e)
{
    const struct channel *channel = channel_find(network);
    if (!channel)
        return fail(e, ERR_BAD_INPUT, "There is no network “%.*s”: see `ascolto channel networks`.",
                    STR_ARGS(network));
    if (channel->archive)
        return fail(e, ERR_BAD_INPUT, "%s is closed: only its history can be imported.", channel->label);
    if (channel->home)
        return fail(e, ERR_BAD_INPUT, "The care site is the brand's own: it is there by itself.");
    if (str_trim(name).len == 0)
        return fail(e, ERR_BAD_INPUT, "A channel needs a name.");
    return account_make(tx, house, brand, channel, name, given, actor, id, e);
}

bool account_home_id(struct tx *tx, int64_t brand, int64_t *id, struct error *e)
{
    struct channel_row *rows;
    size_t count;
    *id = 0;
    if (!channel_row_list(tx, tx_arena(tx), brand, false, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count && !*id; i++) {
        const struct channel *channel = channel_find(rows[i].network);
        *id = channel && channel->home ? rows[i].id : 0;
    }
    return true;
}

bool account_home(struct tx *tx, const struct house *house, int64_t brand, int64_t *id, struct error *e)
{
    struct brand of;
    const struct pairs none = {0};
    if (!account_home_id(tx, brand, id, e))
        return false;
    return *id || (brand_by_id(tx, tx_arena(tx), brand, &of, e) &&
                   account_make(tx, house, brand, channel_find(STR("site")), of.title, &none, 0, id, e));
}

static struct str given_or(const struct pairs *given, const struct setting *s, const struct pairs *old)
{
    struct str value = pairs_get(given, str_from(s->name));
    for (size_t i = 0; i < given->count; i++)
        if (str_eq(given->items[i].name, str_from(s->name)) && (value.len || !(s->flags & SETTING_SECRET)))
            return value;
    return pairs_get(old, str_from(s->name));
}

static bool row_living(struct tx *tx, int64_t brand, int64_t id, struct channel_row *row, struct error *e)
{
    return channel_row_by_id(tx, tx_arena(tx), brand, id, row, e) &&
           (row->removed_at == 0 || fail(e, ERR_NOT_FOUND, "This channel was removed."));
}

/* The row as it stands, with these settings in it. */
static bool row_with(struct tx *tx, const struct house *house, int64_t brand, int64_t id, const struct pairs *given,
                     struct channel_row *row, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct pairs old = {0}, merged = {0};
    if (!row_living(tx, brand, id, row, e) || !row_pairs(a, house, row, &old, e))
        return false;
    const struct channel *channel = channel_find(row->network);
    if (!channel)
        return fail(e, ERR_CONFLICT, "This version has no network “%.*s”.", STR_ARGS(row->network));
    for (size_t i = 0; i < given->count; i++)
        if (!setting_find(channel, given->items[i].name))
            return fail(e, ERR_BAD_INPUT, "%s has no setting “%.*s”.", channel->label,
                        STR_ARGS(given->items[i].name));
    size_t n = 0;
    while (channel->settings[n].name)
        n++;
    merged.items = ARENA_ARRAY(a, struct pair, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct str value = given_or(given, &channel->settings[i], &old);
        if (value.len)
            merged.items[merged.count++] = (struct pair){str_from(channel->settings[i].name), value};
    }
    struct settings settings;
    if (!settings_make(a, channel, &merged, &settings, e))
        return false;
    row_fill(a, house, channel, &settings, row);
    return true;
}

/* Asked at once: a new token opens what the old one had closed. */
static bool row_changed(struct tx *tx, const struct channel_row *row, int64_t actor, struct error *e)
{
    return channel_row_update(tx, row, e) && channel_row_probed(tx, row->brand_id, row->id, 0, e) &&
           asking_now(tx, row->brand_id, row->id, true, tx_now(tx), e) &&
           account_event(tx, "channel.changed", row->brand_id, row->id, actor, row->name, e);
}

bool account_change(struct tx *tx, const struct house *house, int64_t brand, int64_t id, struct str name,
                    const struct pairs *given, int64_t actor, struct error *e)
{
    struct channel_row row;
    if (!row_with(tx, house, brand, id, given, &row, e))
        return false;
    if (str_trim(name).len)
        row.name = str_trim(name);
    row.access_until = 0; /* perhaps a token from elsewhere */
    return row_changed(tx, &row, actor, e);
}

bool account_consented(struct tx *tx, const struct house *house, int64_t brand, int64_t id,
                       const struct pairs *tokens, int seconds, int64_t actor, struct error *e)
{
    struct channel_row row;
    if (!row_with(tx, house, brand, id, tokens, &row, e))
        return false;
    row.access_until = tx_now(tx) + seconds * SECOND_US;
    return row_changed(tx, &row, actor, e);
}

bool account_renew(struct tx *tx, const struct house *house, int64_t brand, int64_t id, const struct settings *asked,
                   const struct pairs *changed, int seconds, struct error *e)
{
    struct channel_row row;
    struct pairs now = {0};
    if (!row_living(tx, brand, id, &row, e) || !row_pairs(tx_arena(tx), house, &row, &now, e))
        return false;
    for (size_t i = 0; i < changed->count; i++)
        if (!str_eq(pairs_get(&now, changed->items[i].name), pairs_get(&asked->values, changed->items[i].name)))
            return true;
    if (!row_with(tx, house, brand, id, changed, &row, e))
        return false;
    row.access_until = tx_now(tx) + seconds * SECOND_US;
    return channel_row_update(tx, &row, e) && asking_now(tx, brand, id, false, tx_now(tx), e);
}

bool account_remove(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e)
{
    return channel_row_remove(tx, brand, id, tx_now(tx), e) && reply_account_gone(tx, brand, id, e) &&
           account_event(tx, "channel.removed", brand, id, actor, STR_EMPTY, e);
}

bool account_pause(struct tx *tx, int64_t brand, int64_t id, enum failure why, struct str words, struct error *e)
{
    return channel_row_state(tx, brand, id, STR("paused"), str_from(failure_name(why)), words, tx_now(tx), e) &&
           (why != FAILURE_TOKEN || channel_row_access(tx, brand, id, 0, e)) && /* it did not last */
           account_event(tx, "channel.paused", brand, id, 0, words, e);
}

bool account_resume(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e)
{
    struct channel_row row;
    return row_living(tx, brand, id, &row, e) &&
           channel_row_state(tx, brand, id, STR("on"), STR_EMPTY, STR_EMPTY, 0, e) &&
           channel_row_rate(tx, brand, id, 0, e) && outbox_wake(tx, brand, id, tx_now(tx), e) &&
           asking_now(tx, brand, id, true, tx_now(tx), e) &&
           account_event(tx, "channel.resumed", brand, id, actor, STR_EMPTY, e);
}

bool account_stumbles(const struct channel_row *row)
{
    return str_eq(row->state, STR("on")) && str_eq(row->failure, str_from(failure_name(FAILURE_TRANSIENT)));
}

bool account_heard(struct tx *tx, int64_t brand, int64_t id, int64_t shut_us, struct str words, struct error *e)
{
    struct channel_row row;
    struct str transient = str_from(failure_name(FAILURE_TRANSIENT));
    if (!channel_row_by_id(tx, tx_arena(tx), brand, id, &row, e))
        return false;
    if (row.removed_at || !str_eq(row.state, STR("on")))
        return true;
    if (shut_us) {
        int64_t until = tx_now(tx) + shut_us, since = account_stumbles(&row) ? row.failure_at : tx_now(tx);
        return channel_row_state(tx, brand, id, row.state, transient, words, since, e) &&
               (row.rate_until >= until || channel_row_rate(tx, brand, id, until, e)) &&
               (account_stumbles(&row) || account_event(tx, "channel.shut", brand, id, 0, words, e));
    }
    if (!account_stumbles(&row))
        return true;
    return channel_row_state(tx, brand, id, row.state, STR_EMPTY, STR_EMPTY, 0, e) &&
           channel_row_rate(tx, brand, id, 0, e) && account_event(tx, "channel.open", brand, id, 0, STR_EMPTY, e);
}

#define GREETED_AGAIN_US HOUR_US /* X asks every hour, LinkedIn every other */

bool account_greets(const struct account *account, int64_t now)
{
    return account->row.greeted_at + GREETED_AGAIN_US < now;
}

bool account_greeted(struct tx *tx, const struct account *account, struct error *e)
{
    const struct channel_row *row = &account->row;
    return channel_row_greeted(tx, row->brand_id, row->id, tx_now(tx), e) &&
           (row->greeted_at || account_event(tx, "channel.greeted", row->brand_id, row->id, 0, row->name, e));
}

int64_t account_consent_until(struct arena *a, const struct channel_row *row)
{
    int64_t seconds;
    const struct json *settings = json_parse(a, row->settings, NULL);
    return str_int64(json_text(json_get(settings, SETTING_CONSENT_UNTIL)), &seconds) ? seconds : 0;
}

struct json *account_settings_view(struct arena *a, const struct house *house, const struct channel_row *row,
                                   struct error *e)
{
    struct pairs values = {0};
    const struct channel *channel = channel_find(row->network);
    if (!channel)
        return fail_null(e, ERR_CONFLICT, "This version has no network “%.*s”.", STR_ARGS(row->network));
    if (row->settings.len && !row_pairs(a, house, row, &values, e))
        return NULL;
    struct json *list = json_array(a);
    for (const struct setting *s = channel->settings; s->name; s++) {
        if (s->flags & SETTING_KEPT)
            continue;
        struct json *item = json_object(a);
        struct str value = pairs_get(&values, str_from(s->name));
        bool secret = s->flags & SETTING_SECRET;
        json_set_str(a, item, "name", str_from(s->name));
        json_set_str(a, item, "label", str_from(s->label));
        json_set_str(a, item, "help", str_from(s->help));
        json_set_str(a, item, "otherwise", str_from(s->otherwise));
        json_set_str(a, item, "value", secret ? STR_EMPTY : value);
        json_set_bool(a, item, "secret", secret);
        json_set_bool(a, item, "required", s->flags & SETTING_REQUIRED);
        json_set_bool(a, item, "set", value.len > 0);
        json_push(a, list, item);
    }
    return list;
}

/* ---- the cache ---- */

#define ACCOUNT_FRESH_US (2 * SECOND_US)
#define ACCOUNTS_MAX     1024
#define ACCOUNTS_WAYS    4 /* places in which one account may be */

struct kept {
    struct account account;
    struct arena *arena;
    int64_t channel_id, loaded_at;
    int users;   /* account_get not yet released, plus one while in the table */
    bool absent; /* there is no such channel: remembered too, so that a wrong address costs nothing */
    struct error why;
};
struct accounts {
    pthread_mutex_t lock;
    struct kept *table[ACCOUNTS_MAX];
    uint64_t forgotten; /* how often: what was read before is not kept after */
};

/* Where the account is, or else where it may be put: the longest loaded of its places is given up. With the lock. All
 * bits of the id are mixed: the lowest count those of one millisecond, and are nearly always the same. */
static struct kept **place_of(struct accounts *all, int64_t channel_id)
{
    uint64_t mixed = (uint64_t)channel_id * UINT64_C(0x9e3779b97f4a7c15);
    struct kept **first = all->table + (mixed >> 32) % (ACCOUNTS_MAX / ACCOUNTS_WAYS) * ACCOUNTS_WAYS,
                **place = first;
    for (struct kept **at = first; at < first + ACCOUNTS_WAYS; at++) {
        if (*at && (*at)->channel_id == channel_id)
            return at;
        if (*place && (!*at || (*at)->loaded_at < (*place)->loaded_at))
            place = at;
    }
    return place;
}

void accounts_open(struct house *house)
{
    house->accounts = arena_alloc(house->arena, sizeof *house->accounts);
    pthread_mutex_init(&house->accounts->lock, NULL);
}

static void kept_drop(struct kept *kept)
{
    if (kept && --kept->users == 0)
        arena_free(kept->arena);
}

void accounts_close(struct house *house)
{
    if (!house->accounts)
        return;
    for (size_t i = 0; i < ACCOUNTS_MAX; i++)
        kept_drop(house->accounts->table[i]);
    pthread_mutex_destroy(&house->accounts->lock);
}

struct load {
    struct house *house;
    int64_t channel_id;
    struct kept *kept;
};

static bool account_load(struct tx *tx, void *ctx, struct error *e)
{
    struct load *load = ctx;
    struct kept *kept = load->kept;
    struct account *account = &kept->account;
    struct pairs values = {0};
    if (!channel_row_anywhere(tx, kept->arena, load->channel_id, &account->row, e))
        return false;
    if (account->row.removed_at)
        return fail(e, ERR_NOT_FOUND, "This channel was removed.");
    account->channel = channel_find(account->row.network);
    if (!account->channel)
        return fail(e, ERR_NOT_FOUND, "This version has no network “%.*s”.", STR_ARGS(account->row.network));
    return brand_by_id(tx, kept->arena, account->row.brand_id, &account->brand, e) &&
           row_pairs(kept->arena, load->house, &account->row, &values, e) &&
           settings_make(kept->arena, account->channel, &values, &account->settings, e);
}

static struct kept *kept_load(struct house *house, int64_t channel_id, struct error *e)
{
    struct arena *own = arena_new();
    struct kept *kept = ARENA_NEW(own, struct kept);
    *kept = (struct kept){.arena = own, .channel_id = channel_id, .loaded_at = clock_monotonic(), .users = 1};
    struct load load = {house, channel_id, kept};
    if (db_read(house->db, account_load, &load, &kept->why))
        return kept;
    kept->absent = true;
    if (kept->why.code == ERR_NOT_FOUND)
        return kept;
    if (e)
        *e = kept->why;
    arena_free(own);
    return NULL;
}

static bool is_fresh(const struct kept *kept, int64_t channel_id)
{
    return kept && kept->channel_id == channel_id && clock_monotonic() - kept->loaded_at <= ACCOUNT_FRESH_US;
}

/* For one more user, who is told when there is none. With the lock. */
static const struct account *account_use(struct kept *kept, struct error *e)
{
    if (kept->absent) {
        if (e)
            *e = kept->why;
        return NULL;
    }
    kept->users++;
    return &kept->account;
}

bool account_known(struct house *house, int64_t channel_id, const struct account **out, struct error *e)
{
    struct accounts *all = house->accounts;
    pthread_mutex_lock(&all->lock);
    struct kept *kept = *place_of(all, channel_id);
    bool known = is_fresh(kept, channel_id);
    *out = known ? account_use(kept, e) : NULL;
    pthread_mutex_unlock(&all->lock);
    return known;
}

const struct account *account_get(struct house *house, int64_t channel_id, struct error *e)
{
    struct accounts *all = house->accounts;
    const struct account *account;
    if (account_known(house, channel_id, &account, e))
        return account;
    pthread_mutex_lock(&all->lock);
    uint64_t forgotten = all->forgotten;
    pthread_mutex_unlock(&all->lock);
    struct kept *fresh = kept_load(house, channel_id, e); /* without the lock: the database may take its time */
    if (!fresh)
        return NULL;
    pthread_mutex_lock(&all->lock);
    account = account_use(fresh, e);
    struct kept **place = place_of(all, channel_id), *passed = fresh;
    if (all->forgotten == forgotten) {
        passed = *place;
        *place = fresh;
    }
    kept_drop(passed);
    pthread_mutex_unlock(&all->lock);
    return account;
}

void account_release(struct house *house, const struct account *account)
{
    if (!account)
        return;
    /* account is the first member of what is kept */
    struct kept *kept = (struct kept *)(uintptr_t)account;
    pthread_mutex_lock(&house->accounts->lock);
    kept_drop(kept);
    pthread_mutex_unlock(&house->accounts->lock);
}

void account_forget(struct house *house, int64_t channel_id)
{
    pthread_mutex_lock(&house->accounts->lock);
    house->accounts->forgotten++;
    struct kept **place = place_of(house->accounts, channel_id);
    if (*place && (*place)->channel_id == channel_id) {
        kept_drop(*place);
        *place = NULL;
    }
    pthread_mutex_unlock(&house->accounts->lock);
}
