/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a letter. */
#include "care/letters.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/account.h"
#include "care/house.h"
#include "store/channel.h"
#include "store/event.h"
#include "store/message.h"

/* Where an account can be told to send letters or not, it does as its setting says. Settings that keep their default
 * are not in the row. */
static bool is_allowed(struct arena *a, const struct channel *channel, const struct channel_row *row)
{
    struct error here = {0};
    struct str said = json_text(json_get(json_parse(a, row->settings, &here), "letters"));
    for (const struct setting *s = channel->settings; s && s->name; s++)
        if (!strcmp(s->name, "letters") && !said.len)
            said = str_from(s->otherwise);
    return !str_eq_nocase(said, STR("no")) && !str_eq_nocase(said, STR("off")) && !str_eq(said, STR("0"));
}

static bool is_sender(struct arena *a, const struct channel_row *row)
{
    const struct channel *channel = channel_find(row->network);
    return channel && (channel->letter || channel->notice) && str_eq(row->state, STR("on")) &&
           is_allowed(a, channel, row);
}

bool letter_account(struct tx *tx, int64_t brand, struct str network, int64_t *channel, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct channel_row *rows;
    size_t count;
    *channel = 0;
    if (!channel_row_list(tx, a, brand, false, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count && !*channel; i++)
        if (str_eq(rows[i].network, network) && is_sender(a, &rows[i]))
            *channel = rows[i].id;
    return true;
}

bool letter_sender(struct tx *tx, int64_t brand, int64_t *channel, struct error *e)
{
    return letter_account(tx, brand, STR("email"), channel, e);
}

bool letter_phone_sender(struct tx *tx, int64_t brand, int64_t *channel, const char **network, struct error *e)
{
    size_t count;
    const struct channel *const *all = channel_all(&count);
    *channel = 0, *network = NULL;
    for (size_t i = 0; i < count && !*channel; i++)
        if (all[i]->notice && all[i]->forgeable) {
            *network = all[i]->name;
            if (!letter_account(tx, brand, str_from(*network), channel, e))
                return false;
        }
    if (!*channel)
        *network = NULL;
    return true;
}

bool letter_is_ours(struct tx *tx, int64_t brand, struct str address, bool *ours, struct error *e)
{
    struct channel_row *rows;
    size_t count;
    *ours = false;
    if (!channel_row_list(tx, tx_arena(tx), brand, false, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        *ours |= rows[i].account.len && str_eq_nocase(rows[i].account, address);
    return true;
}

/* ---- on its way ---- */

/* kind: of the event. Neither address nor words: only that it was, of which kind, and what the server said of it. */
static bool letter_event(struct tx *tx, const char *kind, const struct letter *letter, struct str words,
                         struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct json *data = json_object(a);
    json_set_str(a, data, "name", letter->kind);
    if (words.len)
        json_set_str(a, data, "words", words);
    struct event event = {.brand_id = letter->brand_id,
                          .kind = str_from(kind),
                          .subject_id = letter->id,
                          .at = tx_now(tx),
                          .data = json_to_str(a, data)};
    return event_add(tx, &event, e);
}

bool letter_queue(struct tx *tx, const struct house *house, const struct letter_order *order, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct json *content = json_object(a);
    json_set_str(a, content, "to", order->to);
    json_set(a, content, "about", order->about);
    struct letter letter = {.brand_id = order->brand_id,
                            .id = id_new(),
                            .channel_id = order->channel_id,
                            .kind = str_from(order->kind),
                            .language = order->language,
                            .content = seal(a, house->seal_key, json_to_str(a, content)),
                            .state = STR("ready"),
                            .next_at = tx_now(tx),
                            .until_at = order->until_at};
    return letter_add(tx, &letter, e) && letter_event(tx, "letter.queued", &letter, STR_EMPTY, e);
}

bool letter_open(struct arena *a, const struct house *house, const struct letter *letter, struct str *to,
                 const struct json **about, struct error *e)
{
    struct str plain;
    if (!seal_open(a, house->seal_key, letter->content, &plain, e))
        return false;
    const struct json *content = json_parse(a, plain, e);
    *to = json_text(json_get(content, "to"));
    *about = json_get(content, "about");
    return content != NULL;
}

bool letter_claim(struct tx *tx, struct arena *a, int64_t brand, int64_t id, int64_t life, struct letter *out,
                  bool *claimed, struct error *e)
{
    struct error here = {0};
    *claimed = false;
    if (!letter_by_id(tx, a, brand, id, out, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (!str_eq(out->state, STR("ready")) || out->next_at > tx_now(tx) || out->until_at <= tx_now(tx))
        return true;
    out->state = STR("sending");
    out->attempts++;
    out->lease_until = tx_now(tx) + LETTER_LEASE_US;
    out->claimed_by = life;
    *claimed = true;
    return letter_update(tx, out, e);
}

/* 5 s, 15 s, 45 s … at most 10 minutes: codes are wanted now. */
static int64_t back_off(int64_t attempts)
{
    int64_t wait = 5 * SECOND_US;
    for (int64_t i = 1; i < attempts && wait < 10 * MINUTE_US; i++)
        wait *= 3;
    return wait < 10 * MINUTE_US ? wait : 10 * MINUTE_US;
}

static bool letter_over_as(struct tx *tx, const char *kind, const struct letter *letter, struct str words,
                           struct error *e)
{
    return letter_delete(tx, letter->brand_id, letter->id, e) && letter_event(tx, kind, letter, words, e);
}

static bool later(struct tx *tx, const struct letter *letter, const struct outcome *outcome, struct error *e)
{
    struct letter again = *letter;
    int64_t wait = outcome->retry_seconds ? outcome->retry_seconds * SECOND_US : back_off(letter->attempts);
    again.state = STR("ready");
    again.next_at = tx_now(tx) + wait;
    if (again.next_at >= again.until_at)
        return letter_over_as(tx, "letter.failed", letter, outcome->words, e);
    return letter_update(tx, &again, e) && letter_event(tx, "letter.delayed", letter, outcome->words, e);
}

/* The account has no access: it waits for an administrator as replies do, and letters with it. */
static bool paused(struct tx *tx, const struct letter *letter, const struct outcome *outcome, struct error *e)
{
    return account_pause(tx, letter->brand_id, letter->channel_id, outcome->failure, outcome->words, e) &&
           later(tx, letter, outcome, e);
}

bool letter_ended(struct tx *tx, const struct letter *letter, const struct outcome *outcome, bool maybe_arrived,
                  struct error *e)
{
    struct letter now;
    struct error here = {0};
    if (!letter_by_id(tx, tx_arena(tx), letter->brand_id, letter->id, &now, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (now.claimed_by != letter->claimed_by || now.attempts != letter->attempts ||
        !str_eq(now.state, STR("sending")))
        return true; /* of an attempt before */
    if (outcome->kind == OUTCOME_ACCEPTED)
        return letter_over_as(tx, "letter.sent", letter, STR_EMPTY, e);
    if (maybe_arrived)
        return letter_over_as(tx, "letter.unsure", letter, outcome->words, e);
    switch ((int)outcome->failure) {
    case FAILURE_TOKEN:
    case FAILURE_PERMISSION: return paused(tx, letter, outcome, e);
    case FAILURE_RATE:
    case FAILURE_TRANSIENT: return later(tx, letter, outcome, e);
    default: return letter_over_as(tx, "letter.failed", letter, outcome->words, e);
    }
}

bool letter_sweep(struct tx *tx, int64_t brand, bool *any, struct error *e)
{
    struct letter *list;
    size_t count;
    if (!letter_over(tx, tx_arena(tx), brand, tx_now(tx), &list, &count, e))
        return false;
    *any = count > 0;
    for (size_t i = 0; i < count; i++)
        if (!letter_over_as(tx, str_eq(list[i].state, STR("sending")) ? "letter.unsure" : "letter.failed", &list[i],
                            STR_EMPTY, e))
            return false;
    return true;
}

/* ---- shown again by the network ---- */

/* Networks change spaces. */
static struct str without_spaces(struct arena *a, struct str text)
{
    struct buf out;
    buf_init(&out, a, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] > ' ')
            buf_char(&out, text.ptr[i]);
    return buf_view(&out);
}

static uint64_t words_mark(struct arena *a, const struct house *house, const struct letter *letter, struct str to,
                           struct str text)
{
    unsigned char digest[SHA256_BYTES];
    uint64_t mark = 0;
    struct str all = str_format(a, "left|%lld|%lld|%.*s|%.*s", (long long)letter->brand_id,
                                (long long)letter->channel_id, STR_ARGS(to), STR_ARGS(without_spaces(a, text)));
    hmac_sha256((struct str){(const char *)house->seal_key, SEAL_KEY_BYTES}, all, digest);
    for (size_t i = 0; i < sizeof mark; i++)
        mark = mark << 8 | digest[i];
    return mark;
}

bool letter_leaves(struct tx *tx, const struct house *house, const struct letter *letter, struct str to,
                   struct str text, struct error *e)
{
    return dedup_set(tx, letter->brand_id, words_mark(tx_arena(tx), house, letter, to, text), -1, e);
}

bool letter_was(struct tx *tx, const struct house *house, const struct letter *like, struct str to, struct str text,
                bool *was, struct error *e)
{
    int64_t id;
    if (!dedup_find(tx, like->brand_id, words_mark(tx_arena(tx), house, like, to, text), &id, e))
        return false;
    *was = id != 0;
    return true;
}
