/* SPDX-License-Identifier: Apache-2.0 */
/* Google Business Profile: reviews of a place and our replies to them, by the My Business API v4 (reviews have no
 * newer one). Google could announce reviews by Pub/Sub, as a hint to ask; they are asked for without it. A review has
 * one reply: a new one takes its place. */
#include "channels/channel_google.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_googlebusiness;

#define SCOPE     "https://www.googleapis.com/auth/business.manage"
#define RATE_WAIT 60

static const struct setting settings[] = {
    {"location", "setting.googlebusiness.location", "our place, as accounts/123/locations/456", NULL,
     SETTING_REQUIRED | SETTING_ACCOUNT},
    GOOGLE_ACCESS("googlebusiness"),
    GOOGLE_BASES("googlebusiness", "https://mybusiness.googleapis.com"),
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "review",
     .label = "door.googlebusiness.review",
     .unit = LENGTH_BYTES,
     .limit = 4096,
     .reply_needed = true,
     .rewritten = true},
    {0},
};

static const struct listing listings[] = {
    {.name = "reviews",
     .label = "listing.googlebusiness.reviews",
     .doors = {"review"},
     .every_seconds = 300,
     .complete = true,
     .first_hours = 30 * 24},
    {0},
};

/* ---- in ---- */

static struct str reviews_url(struct arena *a, const struct settings *s)
{
    struct str rest = settings_get(s, "location"), part;
    struct buf url;
    buf_init(&url, a, 256);
    buf_str(&url, api_base(s));
    buf_cstr(&url, "/v4");
    while (str_split(&rest, '/', &part))
        if (part.len) {
            buf_char(&url, '/');
            buf_url(&url, part);
        }
    buf_cstr(&url, "/reviews");
    return buf_view(&url);
}

static int stars_of(struct str rating)
{
    static const char *const names[] = {"ONE", "TWO", "THREE", "FOUR", "FIVE"};
    for (int i = 0; i < (int)COUNT_OF(names); i++)
        if (str_eq(rating, str_from(names[i])))
            return i + 1;
    return 0;
}

/* As it was written: Google puts its translation below the words, or above "(Original)". */
static struct str words_of(struct arena *a, const struct json *review)
{
    const struct str translated = STR("(Translated by Google)"), original = STR("(Original)\n");
    struct str words = str_trim(read_words(a, json_get(review, "comment")));
    ptrdiff_t below = str_find(words, STR("\n\n(Translated by Google)")), above = str_find(words, original);
    if (str_starts(words, translated) && above > 0)
        return str_trim(str_slice(words, (size_t)above + original.len, words.len));
    return below > 0 ? str_trim(str_slice(words, 0, (size_t)below)) : words;
}

static int64_t read_review(struct channel_events *events, const struct settings *s, const struct json *review,
                           int64_t now, const struct place *at)
{
    struct arena *a = events->arena;
    const struct json *who = json_get(review, "reviewer"), *ours = json_get(review, "reviewReply");
    struct str id = read_id(a, json_get(review, "reviewId")), name = read_id(a, json_get(review, "name"));
    ptrdiff_t end = str_find(name, STR("/reviews/"));
    if (!id.len && end >= 0)
        id = str_slice(name, (size_t)end + 9, name.len);
    int64_t made = read_time(json_get(review, "createTime")), changed = read_time(json_get(review, "updateTime"));
    if (!id.len) {
        channel_unread(events, at, "has no reviewId");
        return changed;
    }
    bool hidden = json_bool(json_get(who, "isAnonymous"), false);
    struct google_review told = {.id = id,
                                 .who = hidden ? STR_EMPTY : read_text(a, json_get(who, "displayName")),
                                 .avatar = hidden ? STR_EMPTY : read_text(a, json_get(who, "profilePhotoUrl")),
                                 .text = words_of(a, review),
                                 .link = STR("https://business.google.com/reviews"),
                                 .stars = stars_of(json_text(json_get(review, "starRating"))),
                                 .at = made ? made : changed,
                                 .as_of = changed > made ? now : 0,
                                 .reply = str_trim(read_words(a, json_get(ours, "comment"))),
                                 .replied_at = read_time(json_get(ours, "updateTime"))};
    google_review(events, settings_get(s, "location"), &told);
    return changed;
}

static struct str said_of(struct arena *a, const struct json *body)
{
    return read_text(a, json_get(body, "comment"));
}

static const struct google_reviews reviews = {.url = reviews_url,
                                              .query = "?pageSize=50&orderBy=updateTime%20desc",
                                              .page_token = "pageToken",
                                              .rate_wait = RATE_WAIT,
                                              .read = read_review,
                                              .said = said_of};

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    return google_reviews_receive(&reviews, a, s, body, events, e);
}

static bool ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                struct error *e)
{
    return google_reviews_ask(&reviews, a, s, asking, call, e);
}

/* What was written since a moment was changed since then too: a round that goes back so far has all of it. */
static void asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    int64_t oldest;
    const struct json *body = google_reviews_asked(&reviews, a, s, asking, reply, events, out, &oldest);
    if (!body)
        return;
    out->carry = oldest >= asking->since ? read_id(a, json_get(body, "nextPageToken")) : STR_EMPTY;
    out->more = out->carry.len > 0;
    out->from = asking->since;
}

/* ---- out ---- */

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_googlebusiness, m, e))
        return false;
    struct str url =
        str_format(a, "%.*s/%.*s/reply", STR_ARGS(reviews_url(a, s)), STR_ARGS(url_encode(a, m->parent_id)));
    if (!call_start(a, s, "PUT", url, call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "comment", m->text);
    call_json(a, call, body);
    return true;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    google_reviews_answer(&reviews, a, m, reply, out);
}

/* ---- access ---- */

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    return google_page(a, s, consent, SCOPE, url, e);
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", str_concat(a, reviews_url(a, s), STR("?pageSize=1")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    google_reviews_probed(&reviews, a, reply, out);
}

const struct channel channel_googlebusiness = {
    .name = "googlebusiness",
    .label = "Google Business Profile",
    .icon = "google",
    .aliases = {"google", "gbp"},
    .settings = settings,
    .doors = doors,
    .honest = "honest.googlebusiness",
    .listings = listings,
    .guide_steps = 4,
    .receive = receive,
    .send = send,
    .answer = answer,
    .renew = google_renew,
    .renewed = google_renewed,
    .consent = consent,
    .consented = google_consented,
    .ask = ask,
    .asked = asked,
    .probe = probe,
    .probed = probed,
};
