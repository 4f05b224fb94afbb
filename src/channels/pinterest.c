/* SPDX-License-Identifier: Apache-2.0 */
/* Pinterest: its API neither shows comments nor takes any; it says only how many there are. So the own pins are
 * watched, and where their number grew a notice with a link tells so, one story for each pin. Nothing can be answered
 * from here. The newest 2,000 pins are watched: the cursor holds how many comments each of them had, and how often we
 * told. Facts: Pinterest's own OpenAPI description of API v5. */
#include "channels/channel_internal.h"

#include "base/arena.h"
#include "base/buf.h"

#define PAGE       250
#define PAGES_MAX  8
#define PINS_MAX   ((size_t)PAGE * PAGES_MAX)
#define RATE_WAIT  60
#define NOTICE     "New comments on this pin: #new (#all in all)"
#define SCOPE      "boards:read,pins:read,user_accounts:read"
#define ACCESS     (30 * 86400) /* seconds, where the answer does not say */
#define ACCESS_MAX (90 * 86400)

static const struct setting settings[] = {
    {"client_id", "setting.pinterest.client_id", "the app's id", NULL, SETTING_REQUIRED},
    {"client_secret", "setting.pinterest.client_secret", "the app's secret key, with which access is renewed", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"access_token", "setting.pinterest.access_token", "the access token; it ends after about 30 days", NULL,
     SETTING_SECRET},
    {"refresh_token", "setting.pinterest.refresh_token", "the refresh token that came with it", NULL, SETTING_SECRET},
    {"notice", "setting.pinterest.notice",
     "the words of a notice: #new is how many comments are new, #all how many there are", NOTICE, 0},
    {"api_base", "setting.pinterest.api_base", "address of the API", "https://api.pinterest.com", 0},
    CONSENT_BASE("pinterest", "https://www.pinterest.com"),
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "comment",
     .label = "door.pinterest.comment",
     .reply_needed = true,
     .shut = "no_api"},
    {0},
};

static const struct listing listings[] = {
    {.name = "pins", .label = "listing.pinterest.pins", .doors = {"comment"}, .every_seconds = 1800, .units = 1},
    {0},
};

/* ---- what was counted: "1" after a first complete round (else "0"), then PIN:COMMENTS:NOTICES, a space between ----
 */

struct count {
    struct str pin;
    int64_t comments, notices;
};
struct counts {
    struct count *items;
    size_t count;
    bool begun;
};

static void counts_read(struct arena *a, struct str text, struct counts *out)
{
    struct str one, pin, comments;
    *out = (struct counts){.items = ARENA_ARRAY(a, struct count, PINS_MAX)};
    if (str_split(&text, ' ', &one))
        out->begun = str_eq(one, STR("1"));
    while (out->count < PINS_MAX && str_split(&text, ' ', &one)) {
        struct count c = {0};
        if (str_split(&one, ':', &pin) && pin.len && str_split(&one, ':', &comments) &&
            str_int64(comments, &c.comments) && str_int64(one, &c.notices)) {
            c.pin = pin;
            out->items[out->count++] = c;
        }
    }
}

static struct str counts_write(struct arena *a, const struct counts *c)
{
    struct buf out;
    buf_init(&out, a, 64 + c->count * 28);
    buf_cstr(&out, c->begun ? "1" : "0");
    for (size_t i = 0; i < c->count; i++)
        buf_format(&out, " %.*s:%lld:%lld", STR_ARGS(c->items[i].pin), (long long)c->items[i].comments,
                   (long long)c->items[i].notices);
    return buf_view(&out);
}

static const struct count *counts_find(const struct counts *c, struct str pin)
{
    for (size_t i = 0; i < c->count; i++)
        if (str_eq(c->items[i].pin, pin))
            return &c->items[i];
    return NULL;
}

/* ---- in: a page of pins ---- */

struct reading {
    struct arena *a;
    const struct settings *settings;
    struct channel_events *events;
};

/* The words of a notice, as the administrator wrote them. */
static struct str notice(struct arena *a, const struct settings *s, int64_t more, int64_t all)
{
    struct str words = settings_get(s, "notice");
    struct buf out;
    if (!str_trim(words).len)
        words = STR(NOTICE);
    buf_init(&out, a, words.len + 32);
    for (size_t i = 0; i < words.len;) {
        struct str rest = str_slice(words, i, words.len);
        bool is_new = str_starts(rest, STR("#new")), is_all = str_starts(rest, STR("#all"));
        if (is_new || is_all)
            buf_format(&out, "%lld", (long long)(is_new ? more : all));
        else
            buf_char(&out, words.ptr[i]);
        i += is_new || is_all ? 4 : 1;
    }
    return text_clean(a, buf_view(&out));
}

/* Nobody is named: the pin itself stands for those who wrote under it. */
static void add_notice(struct reading *r, const struct json *pin, const struct count *now, int64_t more)
{
    static const char *const sizes[] = {"150x150", "400x300", "600x"};
    struct channel_event *out = channel_events_add(r->events);
    const struct json *images = json_path(pin, "media", "images", NULL);
    struct str title = read_text(r->a, json_get(pin, "title"));
    if (!title.len)
        title = read_text(r->a, json_get(pin, "description"));
    struct str name = str_concat(r->a, STR("Pin "), now->pin);
    if (title.len)
        name = str_format(r->a, "Pin “%.*s”", STR_ARGS(read_title(r->a, title)));
    out->kind = CHANNEL_MESSAGE;
    out->external_id =
        str_format(r->a, "%.*s:%lld:%lld", STR_ARGS(now->pin), (long long)now->notices, (long long)now->comments);
    out->dedupe = DEDUPE(r->a, "m", out->external_id);
    out->thread_key = str_concat(r->a, STR("post:"), now->pin);
    out->thread_title = title.len ? read_title(r->a, title) : name;
    out->door = STR("comment");
    out->is_public = true;
    out->author.external_id = str_concat(r->a, STR("pin:"), now->pin);
    out->author.name = name;
    for (size_t i = 0; i < COUNT_OF(sizes) && !out->author.avatar_url.len; i++)
        out->author.avatar_url = read_text(r->a, json_path(images, sizes[i], "url", NULL));
    out->link = str_format(r->a, "https://www.pinterest.com/pin/%.*s/", STR_ARGS(url_encode(r->a, now->pin)));
    out->text = notice(r->a, r->settings, more, now->comments);
}

/* One pin. A pin without a lifetime count (older than March 2023, and no film) is not watched. */
static void read_pin(struct reading *r, const struct json *pin, const struct counts *before, struct counts *after,
                     const struct place *at)
{
    struct count now = {.pin = read_id(r->a, json_get(pin, "id"))};
    const struct count *was = counts_find(before, now.pin);
    now.comments = json_int(json_path(pin, "pin_metrics", "lifetime_metrics", "comment", NULL), -1);
    if (!now.pin.len || str_find_char(now.pin, ' ') >= 0 || str_find_char(now.pin, ':') >= 0) {
        channel_unread(r->events, at, "has no id");
        return;
    }
    if (now.comments < 0 || counts_find(after, now.pin) || after->count >= PINS_MAX)
        return;
    int64_t more = now.comments - (was ? was->comments : 0);
    now.notices = was ? was->notices : 0;
    if (more > 0 && (was || before->begun)) {
        now.notices++;
        add_notice(r, pin, &now, more);
    }
    if (now.comments > 0 || was)
        after->items[after->count++] = now;
}

/* The pins of this page, then those counted before that are not on it: what is gone sinks to the end, and falls out.
 */
static void read_pins(struct reading *r, const struct json *items, const struct counts *before, struct counts *after)
{
    struct place at = {NULL, "items", -1};
    *after = (struct counts){.items = ARENA_ARRAY(r->a, struct count, PINS_MAX), .begun = before->begun};
    const struct json *pin;
    while (at.index + 1 < PAGE && (pin = read_next(r->events, items, &at)))
        read_pin(r, pin, before, after, &at);
    size_t here = after->count;
    for (size_t i = 0; i < before->count && after->count < PINS_MAX; i++) {
        const struct counts page = {.items = after->items, .count = here};
        if (!counts_find(&page, before->items[i].pin))
            after->items[after->count++] = before->items[i];
    }
}

/* Pinterest sends nothing by itself: a page of pins handed in by other ways is read as if every comment was new. */
static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    struct reading r = {.a = a, .settings = s, .events = events};
    struct counts before = {.begun = true}, after;
    if (!root)
        return false;
    if (!json_is(json_get(root, "items"), JSON_ARRAY))
        return fail(e, ERR_MALFORMED, "no list of items: not a page of pins");
    read_pins(&r, json_get(root, "items"), &before, &after);
    return channel_read(events, e);
}

/* ---- failures: {"code", "message"} beside HTTP's status ---- */

static int rate_seconds(const struct http_reply *reply)
{
    int64_t seconds;
    int said = retry_after(reply);
    if (said)
        return said;
    bool told = str_int64(str_trim(pairs_get(&reply->headers, STR("x-ratelimit-reset"))), &seconds);
    return told && seconds > 0 && seconds <= 86400 ? (int)seconds : RATE_WAIT;
}

static void read_failure(struct arena *a, const struct http_reply *reply, const struct json *body,
                         struct outcome *out)
{
    struct str words = read_text(a, json_get(body, "message")), code = read_id(a, json_get(body, "code"));
    outcome_by_status(a, out, reply);
    if (words.len && reply->status >= 400)
        outcome_fail(a, out, out->failure, str_format(a, "%d/%.*s", reply->status, STR_ARGS(code)), words);
    if (out->failure == FAILURE_RATE)
        out->retry_seconds = rate_seconds(reply);
}

/* ---- asking ---- */

static bool ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                struct error *e)
{
    struct buf url;
    buf_init(&url, a, 256);
    buf_format(&url, "%.*s/v5/pins?pin_metrics=true&pin_filter=exclude_repins&page_size=%d", STR_ARGS(api_base(s)),
               PAGE);
    if (asking->carry.len) {
        buf_cstr(&url, "&bookmark=");
        buf_url(&url, asking->carry);
    }
    return call_start(a, s, "GET", buf_view(&url), call, e);
}

static void asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct reading r = {.a = a, .settings = s, .events = events};
    struct counts before, after;
    if (reply->status != 200 || !json_is(json_get(body, "items"), JSON_ARRAY)) {
        read_failure(a, reply, body, &out->outcome);
        if (reply->status == 200)
            outcome_fail(a, &out->outcome, FAILURE_TRANSIENT, STR("no items"),
                         STR("The answer holds no list of pins."));
        return;
    }
    counts_read(a, asking->cursor, &before);
    read_pins(&r, json_get(body, "items"), &before, &after);
    out->carry = str_dup(a, read_text(a, json_get(body, "bookmark")));
    out->more = out->carry.len > 0 && asking->step + 1 < PAGES_MAX;
    after.begun |= !out->more;
    struct str cursor = counts_write(a, &after);
    if (!str_eq(cursor, asking->cursor))
        out->cursor = cursor;
}

/* ---- out: there is no way ---- */

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    (void)a, (void)s, (void)m, (void)call;
    return fail(e, ERR_BAD_INPUT, "Pinterest takes no comments from programs: answer on Pinterest itself.");
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    (void)m;
    read_failure(a, reply, json_parse(a, reply->body, NULL), out);
}

/* ---- access: for some 30 days, renewed with a token that each renewal gives anew ---- */

static void token_call(struct arena *a, const struct settings *s, const struct pairs *fields, struct http_call *call)
{
    oauth_call(a, str_concat(a, api_base(s), STR("/v5/oauth/token")), settings_get(s, "client_id"),
               settings_get(s, "client_secret"), fields, call);
}

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str token = settings_get(s, "refresh_token");
    if (!token.len)
        return fail(e, ERR_NOT_FOUND, "No refresh token is set: access is not renewed.");
    struct pair fields[] = {{STR("grant_type"), STR("refresh_token")}, {STR("refresh_token"), token}};
    token_call(a, s, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    int seconds = oauth_tokens(a, "Pinterest", reply, ACCESS, ACCESS_MAX, changed, out);
    struct str words = read_text(a, json_get(json_parse(a, reply->body, NULL), "message"));
    if (out->kind == OUTCOME_FAILED && out->failure == FAILURE_TOKEN && words.len)
        outcome_fail(a, out, FAILURE_TOKEN, str_format(a, "%d", reply->status), words);
    return seconds;
}

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    struct str base = settings_get(s, "consent_base");
    return oauth_page(a, str_concat(a, base, STR("/oauth/")), settings_get(s, "client_id"), SCOPE, consent,
                      &(struct pairs){0}, url, e);
}

/* Apps from before September 2025 must ask for a refresh token that is renewed without end. */
static bool consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    (void)e;
    struct pair fields[] = {{STR("grant_type"), STR("authorization_code")},
                            {STR("code"), code},
                            {STR("redirect_uri"), consent->redirect_uri},
                            {STR("code_verifier"), consent->verifier},
                            {STR("continuous_refresh"), STR("true")}};
    token_call(a, s, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", str_concat(a, api_base(s), STR("/v5/user_account")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str name = read_text(a, json_get(body, "username"));
    if (reply->status != 200 || !json_is(body, JSON_OBJECT)) {
        read_failure(a, reply, body, out);
        return;
    }
    outcome_accept(a, out, read_id(a, json_get(body, "id")));
    out->words = str_dup(a, name);
}

const struct channel channel_pinterest = {
    .name = "pinterest",
    .label = "Pinterest",
    .icon = "pinterest",
    .settings = settings,
    .doors = doors,
    .honest = "honest.pinterest",
    .listings = listings,
    .quota = {.units = 1000, .period_seconds = 86400, .zone = "UTC"},
    .guide_steps = 4,
    .receive = receive,
    .send = send,
    .answer = answer,
    .renew = renew,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .ask = ask,
    .asked = asked,
    .probe = probe,
    .probed = probed,
};
