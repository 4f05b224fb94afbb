/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out for a note: the little that is said, sealed for the browser, and what follows from the answer. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "base/webpush.h"
#include "care/push.h"
#include "store/agent.h"
#include "store/call.h"
#include "store/conversation.h"
#include "store/message.h"
#include "store/person.h"

#define TITLE_MAX    80
#define WORDS_MAX    240
#define TOPIC_BYTES  24 /* 32 letters, as many as a topic has */
#define TOKEN_US     (12 * HOUR_US)
#define AGAIN_US     (15 * SECOND_US)
#define AGAIN_MOST   (30 * MINUTE_US)
#define ATTEMPTS_MAX 20

struct telling {
    struct tx *tx;
    const struct push_note *note;
    struct push_device device;
    struct json *say;
    bool needless;
};

/* ---- what is said ---- */

static bool say_words(struct telling *t, const struct message *m)
{
    struct arena *a = tx_arena(t->tx);
    if (t->device.words && m->text.len)
        json_set_str(a, t->say, "m", text_shorten(a, m->text, WORDS_MAX));
    return true;
}

static bool say_reply(struct telling *t, struct error *e)
{
    struct arena *a = tx_arena(t->tx);
    struct message m;
    struct agent agent;
    if (!message_by_id(t->tx, a, t->note->brand_id, t->note->subject_id, &m, e) ||
        !agent_by_id(t->tx, a, t->note->brand_id, t->note->actor_id, &agent, e))
        return false;
    t->needless = m.receipt >= MESSAGE_READ || m.deleted_at;
    json_set_str(a, t->say, "w", agent.name);
    return say_words(t, &m);
}

static bool say_wrote(struct telling *t, const struct conversation *c, struct error *e)
{
    struct arena *a = tx_arena(t->tx);
    struct message m;
    struct person person;
    if (!message_by_id(t->tx, a, t->note->brand_id, t->note->subject_id, &m, e) ||
        !person_by_id(t->tx, a, t->note->brand_id, c->person_id, &person, e))
        return false;
    t->needless = c->owner_id != t->device.agent_id || m.place != PLACE_WAITING || m.deleted_at;
    json_set_str(a, t->say, "w", person.name);
    return say_words(t, &m);
}

static bool say_handed(struct telling *t, const struct conversation *c, struct error *e)
{
    struct agent agent = {0};
    t->needless = c->owner_id != t->device.agent_id;
    if (t->note->actor_id && !agent_by_id(t->tx, tx_arena(t->tx), t->note->brand_id, t->note->actor_id, &agent, e))
        return false;
    json_set_str(tx_arena(t->tx), t->say, "w", agent.name);
    return true;
}

static bool say_rings(struct telling *t, const struct conversation *c, struct error *e)
{
    struct arena *a = tx_arena(t->tx);
    struct call call;
    struct person person;
    if (!call_by_id(t->tx, a, t->note->brand_id, t->note->subject_id, &call, e) ||
        !person_by_id(t->tx, a, t->note->brand_id, c->person_id, &person, e))
        return false;
    t->needless = call.state != CALL_RINGING;
    json_set_str(a, t->say, "w", person.name);
    return true;
}

static bool say(struct telling *t, struct error *e)
{
    struct arena *a = tx_arena(t->tx);
    struct conversation c;
    json_set_str(a, t->say, "k", t->note->kind);
    json_set_str(a, t->say, "l", t->device.language);
    json_set_bool(a, t->say, "d", t->device.agent_id != 0);
    if (str_eq(t->note->kind, STR("test")))
        return true;
    if (!conversation_by_id(t->tx, a, t->note->brand_id, t->note->conversation_id, &c, e))
        return false;
    json_set_id(a, t->say, "c", c.id);
    json_set_str(a, t->say, "t", text_shorten(a, c.need.len ? c.need : c.preview, TITLE_MAX));
    if (str_eq(t->note->kind, STR("reply")))
        return say_reply(t, e);
    if (str_eq(t->note->kind, STR("wrote")))
        return say_wrote(t, &c, e);
    if (str_eq(t->note->kind, STR("rings")))
        return say_rings(t, &c, e);
    return str_eq(t->note->kind, STR("handed")) ? say_handed(t, &c, e) : true;
}

/* ---- sealed ---- */

static struct str origin_of(struct str url)
{
    ptrdiff_t scheme = str_find(url, STR("://"));
    size_t end = scheme < 0 ? 0 : (size_t)scheme + 3;
    while (end < url.len && url.ptr[end] != '/')
        end++;
    return str_slice(url, 0, end);
}

static struct str contact_of(struct arena *a, struct str site)
{
    ptrdiff_t at = str_find(site, STR("://"));
    if (str_starts(site, STR("https://")))
        return site;
    struct str host = at < 0 ? STR("localhost") : str_slice(site, (size_t)at + 3, site.len);
    size_t end = 0;
    while (end < host.len && host.ptr[end] != ':' && host.ptr[end] != '/')
        end++;
    return str_format(a, "mailto:push@%.*s", STR_ARGS(str_slice(host, 0, end)));
}

static bool letter_seal(struct telling *t, const struct house *house, struct push_letter *out, struct error *e)
{
    struct arena *a = tx_arena(t->tx);
    struct push_key key;
    struct p256_key pair;
    struct push_target target;
    struct str where, plain;
    if (!push_key_get(t->tx, a, t->note->brand_id, &key, e) ||
        !seal_open(a, house->seal_key, key.sealed, &plain, e) ||
        !seal_open(a, house->seal_key, t->device.sealed, &where, e))
        return false;
    const struct json *at = json_parse(a, where, e);
    if (!at || plain.len != sizeof pair ||
        !push_target_of(a, json_text(json_get(at, "key")), json_text(json_get(at, "auth")), &target))
        return fail(e, ERR_INTERNAL, "A browser's address cannot be read.");
    memcpy(&pair, plain.ptr, sizeof pair);
    out->endpoint = json_text(json_get(at, "endpoint"));
    return push_vapid(a, &pair, origin_of(out->endpoint), contact_of(a, json_text(json_get(at, "site"))),
                      (tx_now(t->tx) + TOKEN_US) / SECOND_US, &out->authorization, e) &&
           push_seal(a, &target, json_to_str(a, t->say), &out->body, e);
}

/* Of the same story the same, and nothing that tells the push service which. */
static struct str topic_of(struct arena *a, const struct house *house, const struct push_note *note)
{
    unsigned char digest[SHA256_BYTES];
    hmac_sha256((struct str){(const char *)house->seal_key, sizeof house->seal_key},
                str_format(a, "push %lld %lld", (long long)note->device_id, (long long)note->conversation_id),
                digest);
    return base64url_encode(a, digest, TOPIC_BYTES);
}

bool push_letter(struct tx *tx, const struct house *house, const struct push_note *note, struct push_letter *out,
                 struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct telling t = {.tx = tx, .note = note, .say = json_object(a)};
    struct error here = {0};
    *out = (struct push_letter){.needless = note->expires_at <= tx_now(tx)};
    if (out->needless)
        return true;
    if (!push_device_by_id(tx, a, note->brand_id, note->device_id, &t.device, &here) || !say(&t, &here)) {
        out->needless = here.code == ERR_NOT_FOUND; /* switched off, joined, erased */
        return out->needless || fail(e, here.code, "%s", here.message);
    }
    out->needless = t.needless;
    out->topic = topic_of(a, house, note);
    bool now = str_eq(note->kind, STR("due")) || str_eq(note->kind, STR("rings"));
    out->urgency = now ? "high" : "normal";
    out->ttl = (note->expires_at - tx_now(tx)) / SECOND_US;
    return out->needless || letter_seal(&t, house, out, e);
}

/* ---- what was answered ---- */

bool push_drop(struct tx *tx, const struct push_note *note, struct error *e)
{
    return push_note_delete(tx, note, e);
}

bool push_answered(struct tx *tx, const struct push_note *note, int status, int64_t retry, struct error *e)
{
    struct push_note again = *note;
    if (status == 404 || status == 410) /* it does not want to hear of us any more */
        return push_note_delete(tx, note, e) && push_device_delete(tx, note->brand_id, note->device_id, e);
    if (status >= 200 && status < 300)
        return push_note_delete(tx, note, e) && push_device_told(tx, note->brand_id, note->device_id, tx_now(tx), e);
    bool later = status == 0 || status == 408 || status == 429 || status >= 500;
    if (!later || ++again.attempts >= ATTEMPTS_MAX)
        return push_note_delete(tx, note, e);
    int64_t wait = AGAIN_US;
    for (int64_t i = 1; i < again.attempts && wait < AGAIN_MOST; i++)
        wait *= 2;
    wait = retry > 0 ? retry * SECOND_US : wait < AGAIN_MOST ? wait : AGAIN_MOST;
    return push_note_later(tx, &again, tx_now(tx) + wait, e);
}
