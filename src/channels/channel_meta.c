/* SPDX-License-Identifier: Apache-2.0 */
/* The hub handshake, X-Hub-Signature-256, entries and changes, and the error envelope of the Graph API. */
#include "channels/channel_meta.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"

#define CHALLENGE_MAX 1024

bool meta_handshake(struct arena *a, const struct settings *settings, const struct hook *hook, struct str *reply,
                    struct str *content_type, struct error *e)
{
    if (!str_eq(pairs_get(&hook->query, STR("hub.mode")), STR("subscribe")))
        return fail(e, ERR_MALFORMED, "hub.mode is not \"subscribe\".");
    struct str expected = settings_get(settings, "verify_token");
    if (!expected.len)
        return fail(e, ERR_FORBIDDEN, "No verify token is set for this channel.");
    if (!same_secret(expected, pairs_get(&hook->query, STR("hub.verify_token"))))
        return fail(e, ERR_FORBIDDEN, "The verify token is not the one set for this channel.");
    struct str challenge = pairs_get(&hook->query, STR("hub.challenge"));
    if (!challenge.len || challenge.len > CHALLENGE_MAX)
        return fail(e, ERR_MALFORMED, "hub.challenge is missing or too long.");
    *reply = str_dup(a, challenge);
    *content_type = STR("text/plain; charset=utf-8");
    return true;
}

/* The header is compared as it is written, in constant time: upper case, another algorithm or a cut do not
 * fit. */
bool meta_verify(const struct settings *settings, const struct hook *hook, struct error *e)
{
    struct str header = pairs_get(&hook->headers, STR("x-hub-signature-256"));
    struct str secret = settings_get(settings, "app_secret");
    if (!header.len || !secret.len)
        return fail(e, ERR_FORBIDDEN, "The signature X-Hub-Signature-256 is missing.");
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(secret, hook->body, digest);
    char expected[] = "sha256=0000000000000000000000000000000000000000000000000000000000000000";
    for (size_t i = 0; i < sizeof digest; i++) {
        expected[7 + 2 * i] = "0123456789abcdef"[digest[i] >> 4];
        expected[8 + 2 * i] = "0123456789abcdef"[digest[i] & 15];
    }
    if (!same_secret(header, (struct str){expected, sizeof expected - 1}))
        return fail(e, ERR_FORBIDDEN, "X-Hub-Signature-256 does not fit the body and the app secret.");
    return true;
}

bool meta_each(struct meta_reading *r, const struct json *object, const char *name, const struct place *at,
               void (*read)(struct meta_reading *r, const struct json *item, const struct place *at, void *ctx),
               void *ctx)
{
    const struct json *list = read_member(object, name);
    struct place here = {at, name, -1};
    const struct json *item;
    while ((item = read_next(r->events, list, &here)))
        read(r, item, &here, ctx);
    return list != NULL;
}

struct entry_reader {
    void (*read)(struct meta_reading *r, const struct json *entry, const struct place *at);
};

static void read_entry(struct meta_reading *r, const struct json *entry, const struct place *at, void *ctx)
{
    const struct entry_reader *reader = ctx;
    r->account = read_id(r->a, json_get(entry, "id"));
    int64_t time = json_int(json_get(entry, "time"), 0);
    r->time = time > 0 ? clock_from_epoch(time) : 0; /* seconds in feeds, milliseconds in messages */
    reader->read(r, entry, at);
}

bool meta_receive(struct arena *a, const struct settings *settings, struct str body, const char *object,
                  void (*read)(struct meta_reading *r, const struct json *entry, const struct place *at),
                  struct channel_events *events, struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    if (!json_get(root, "object"))
        return fail(e, ERR_MALFORMED, "no `object`: not a webhook of this network");
    if (!str_eq(json_text(json_get(root, "object")), str_from(object)))
        return fail(e, ERR_MALFORMED, "`object` is not \"%s\": not a webhook of this network", object);
    struct meta_reading r = {.a = a, .settings = settings, .events = events};
    struct entry_reader reader = {read};
    if (!meta_each(&r, root, "entry", NULL, read_entry, &reader))
        return fail(e, ERR_MALFORMED, "no `entry`: not a webhook of this network");
    return channel_read(events, e);
}

struct str meta_url_at(struct arena *a, const struct settings *settings, struct str base, struct str id,
                       const char *tail)
{
    struct str version = settings_get(settings, "api_version");
    struct buf url;
    buf_init(&url, a, 128);
    buf_str(&url, base);
    buf_char(&url, '/');
    buf_url(&url, version);
    buf_char(&url, '/');
    buf_url(&url, id);
    buf_cstr(&url, tail);
    return buf_view(&url);
}

struct str meta_url(struct arena *a, const struct settings *settings, struct str id, const char *tail)
{
    return meta_url_at(a, settings, api_base(settings), id, tail);
}

bool meta_refused(const struct http_reply *reply, const struct json *body)
{
    return reply->status < 200 || reply->status > 299 || json_is(json_get(body, "error"), JSON_OBJECT);
}

struct str meta_sent_id(struct arena *a, const struct json *body)
{
    struct str id = read_id(a, json_get(body, "message_id"));
    return id.len ? id : read_id(a, json_get(body, "id"));
}

/* ---- what errors mean ---- */

const struct meta_code graph_codes[] = {
    {190, 190, 492, FAILURE_PERMISSION}, /* the role on the Page was lost */
    {190, 190, 0, FAILURE_TOKEN},
    {102, 102, 0, FAILURE_TOKEN},
    {2500, 2500, 0, FAILURE_TOKEN},
    {10, 10, 2018278, FAILURE_WINDOW},
    {10, 10, 2018065, FAILURE_WINDOW},
    {10, 10, 2534022, FAILURE_WINDOW},
    {10, 10, 2018300, FAILURE_WINDOW}, /* another application holds the talk */
    {10, 10, 2018321, FAILURE_WINDOW},
    {0, 1 << 30, 2534025, FAILURE_WINDOW}, /* the one private reply is used */
    {0, 1 << 30, 1545041, FAILURE_BLOCKED},
    {1545041, 1545041, 0, FAILURE_BLOCKED},
    {551, 551, 0, FAILURE_BLOCKED},
    {0, 1 << 30, 2534001, FAILURE_BLOCKED}, /* Instagram: the talk was deleted */
    {100, 100, 2534014, FAILURE_BLOCKED},   /* Instagram: no such person */
    {0, 1 << 30, 2534013, FAILURE_RATE},
    {400, 400, 0, FAILURE_PERMISSION}, /* the Instagram account is restricted */
    {10900, 10901, 0, FAILURE_WINDOW}, /* privately answered already, or too old for it */
    {10903, 10903, 0, FAILURE_WINDOW},
    {10902, 10902, 0, FAILURE_GONE},
    {100, 100, 2018001, FAILURE_BLOCKED},
    {100, 100, 33, FAILURE_GONE}, /* for a person: see answer */
    {803, 803, 0, FAILURE_GONE},
    {24, 24, 0, FAILURE_GONE},       /* Instagram and Threads */
    {25, 25, 0, FAILURE_PERMISSION}, /* Instagram: the account is restricted or inactive */
    {4, 4, 0, FAILURE_RATE},
    {17, 17, 0, FAILURE_RATE},
    {32, 32, 0, FAILURE_RATE},
    {341, 341, 0, FAILURE_RATE},
    {613, 613, 0, FAILURE_RATE},
    {80000, 80014, 0, FAILURE_RATE},
    {3, 3, 0, FAILURE_PERMISSION},
    {10, 10, 0, FAILURE_PERMISSION},
    {104, 104, 0, FAILURE_PERMISSION},
    {200, 299, 0, FAILURE_PERMISSION},
    {1705, 1705, 0, FAILURE_PERMISSION}, /* acted as a person, not as the Page */
    {368, 368, 0, FAILURE_CONTENT},
    {100, 100, 0, FAILURE_CONTENT},
    {506, 506, 0, FAILURE_CONTENT}, /* the same words twice */
    {-1, -1, 0, FAILURE_TRANSIENT},
    {1, 2, 0, FAILURE_TRANSIENT},
    {1200, 1200, 0, FAILURE_TRANSIENT},
    {0, 0, 0, FAILURE_NONE},
};

enum failure meta_failure(const struct meta_code *codes, int64_t code, int64_t subcode)
{
    for (const struct meta_code *c = codes; c->failure != FAILURE_NONE; c++)
        if (code >= c->from && code <= c->to && (!c->subcode || c->subcode == subcode))
            return c->failure;
    return FAILURE_NONE;
}

/* The longest time to regain access of any account in X-Business-Use-Case-Usage (minutes there), in seconds.
 */
static int regain_seconds(struct arena *a, const struct http_reply *reply)
{
    struct str header = pairs_get(&reply->headers, STR("x-business-use-case-usage"));
    struct json *usage = header.len ? json_parse(a, header, NULL) : NULL;
    int64_t minutes = 0;
    if (!usage || usage->type != JSON_OBJECT)
        return 0;
    for (size_t i = 0; i < usage->count; i++) {
        const struct json *uses = usage->members[i].value;
        for (size_t k = 0; json_is(uses, JSON_ARRAY) && k < json_count(uses); k++) {
            int64_t told = json_int(json_get(json_at(uses, k), "estimated_time_to_regain_access"), 0);
            minutes = told > minutes ? told : minutes;
        }
    }
    return minutes > 0 && minutes <= 1440 ? (int)minutes * 60 : 0;
}

static struct str error_words_of(const struct json *error)
{
    const struct json *details = json_path(error, "error_data", "details", NULL);
    if (json_text(details).len)
        return json_text(details);
    if (json_text(json_get(error, "error_user_msg")).len)
        return json_text(json_get(error, "error_user_msg"));
    if (json_text(json_get(error, "message")).len)
        return json_text(json_get(error, "message"));
    return json_text(json_get(error, "title"));
}

void meta_error(struct arena *a, const struct meta_code *codes, const struct http_reply *reply,
                const struct json *body, struct outcome *out)
{
    const struct json *error = json_get(body, "error");
    int64_t code = json_int(json_get(error, "code"), INT64_MIN);
    if (!json_is(error, JSON_OBJECT) || code == INT64_MIN) {
        outcome_by_status(a, out, reply);
    } else {
        int64_t subcode = json_int(json_get(error, "error_subcode"), 0);
        enum failure failure = meta_failure(codes, code, subcode);
        if (failure == FAILURE_NONE) {
            outcome_by_status(a, out, reply);
            failure = out->failure;
        }
        if (failure == FAILURE_CONTENT && json_bool(json_get(error, "is_transient"), false))
            failure = FAILURE_TRANSIENT;
        outcome_fail(a, out, failure,
                     subcode ? str_format(a, "%" PRId64 "/%" PRId64, code, subcode) : str_format(a, "%" PRId64, code),
                     error_words_of(error));
    }
    int wait = regain_seconds(a, reply);
    if (out->failure == FAILURE_RATE || out->failure == FAILURE_TRANSIENT)
        out->retry_seconds = wait ? wait : retry_after(reply);
}
