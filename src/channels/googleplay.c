/* SPDX-License-Identifier: Apache-2.0 */
/* Google Play: reviews of our app and our replies to them, by the Android Publisher API v3. It lists what was written
 * or changed in the last week, and only with words; it tells nobody. A review has one reply: a new one takes its
 * place. */
#include "channels/channel_google.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_googleplay;

#define SCOPE      "https://www.googleapis.com/auth/androidpublisher"
#define WEEK_HOURS 168
#define EDGE_US    (2 * HOUR_US) /* what is about to leave the list is not missed */
#define RATE_WAIT  900

static const struct setting settings[] = {
    {"package_name", "setting.googleplay.package_name", "our app's package, as it.example.app", NULL,
     SETTING_REQUIRED | SETTING_ACCOUNT},
    GOOGLE_ACCESS("googleplay"),
    GOOGLE_BASES("googleplay", "https://androidpublisher.googleapis.com"),
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "review",
     .label = "door.googleplay.review",
     .unit = LENGTH_CHARACTERS,
     .limit = 350,
     .window_hours = WEEK_HOURS,
     .reply_needed = true,
     .rewritten = true},
    {0},
};

static const struct listing listings[] = {
    {.name = "reviews",
     .label = "listing.googleplay.reviews",
     .doors = {"review"},
     .every_seconds = 600,
     .complete = true,
     .reach_hours = WEEK_HOURS,
     .first_hours = WEEK_HOURS,
     .units = 1},
    {0},
};

/* ---- in ---- */

static struct str reviews_url(struct arena *a, const struct settings *s)
{
    struct buf url;
    buf_init(&url, a, 256);
    buf_str(&url, api_base(s));
    buf_cstr(&url, "/androidpublisher/v3/applications/");
    buf_url(&url, settings_get(s, "package_name"));
    buf_cstr(&url, "/reviews");
    return buf_view(&url);
}

static int64_t read_moment(const struct json *stamp)
{
    int64_t seconds = json_int(json_get(stamp, "seconds"), 0), nanos = json_int(json_get(stamp, "nanos"), 0);
    if (seconds <= 0 || seconds >= INT64_C(100000000000))
        return 0;
    return seconds * SECOND_US + (nanos > 0 && nanos < 1000000000 ? nanos / 1000 : 0);
}

/* "title\tbody"; Google's translation of it is left out. */
static struct str words_of(struct arena *a, const struct json *said)
{
    struct str words = read_words(a, json_get(said, "originalText"));
    if (!str_trim(words).len)
        words = read_words(a, json_get(said, "text"));
    ptrdiff_t tab = str_find_char(words, '\t');
    if (tab < 0)
        return str_trim(words);
    struct str title = str_trim(str_slice(words, 0, (size_t)tab)),
               body = str_trim(str_slice(words, (size_t)tab + 1, words.len));
    if (!title.len || !body.len)
        return title.len ? title : body;
    return str_format(a, "%.*s\n%.*s", STR_ARGS(title), STR_ARGS(body));
}

static void read_device(struct arena *a, struct channel_event *event, const struct json *said)
{
    struct str product = read_text(a, json_path(said, "deviceMetadata", "productName", NULL)),
               device = product.len ? product : read_text(a, json_get(said, "device")),
               version = read_text(a, json_get(said, "appVersionName")),
               system = read_id(a, json_get(said, "androidOsVersion"));
    if (device.len)
        event_origin(a, event, "device", device, STR_EMPTY);
    if (system.len)
        event_origin(a, event, "android", system, STR_EMPTY);
    if (version.len)
        event_origin(a, event, "app_version", version, STR_EMPTY);
}

/* The last words of each side; NULL: none. */
static const struct json *comment_of(const struct json *review, const char *whose)
{
    const struct json *comments = json_get(review, "comments"), *found = NULL;
    for (size_t i = 0; json_is(comments, JSON_ARRAY) && i < json_count(comments); i++) {
        const struct json *one = read_member(json_at(comments, i), whose);
        found = json_is(one, JSON_OBJECT) ? one : found;
    }
    return found;
}

static int64_t read_review(struct channel_events *events, const struct settings *s, const struct json *review,
                           int64_t now, const struct place *at)
{
    struct arena *a = events->arena;
    const struct json *said = comment_of(review, "userComment"), *ours = comment_of(review, "developerComment");
    struct str id = read_id(a, json_get(review, "reviewId")), package = settings_get(s, "package_name");
    if (!id.len || !said) {
        channel_unread(events, at, "has no %s", id.len ? "userComment" : "reviewId");
        return 0;
    }
    int64_t stars = json_int(json_get(said, "starRating"), 0);
    struct google_review told = {.id = id,
                                 .who = read_text(a, json_get(review, "authorName")),
                                 .text = words_of(a, said),
                                 .stars = stars >= 1 && stars <= 5 ? (int)stars : 0,
                                 .at = read_moment(json_get(said, "lastModified")),
                                 .as_of = now,
                                 .reply = str_trim(read_words(a, json_get(ours, "text"))),
                                 .replied_at = read_moment(json_get(ours, "lastModified"))};
    told.link = str_format(a, "https://play.google.com/store/apps/details?id=%.*s&reviewId=%.*s",
                           STR_ARGS(url_encode(a, package)), STR_ARGS(url_encode(a, id)));
    read_device(a, google_review(events, package, &told), said);
    return told.at;
}

static struct str said_of(struct arena *a, const struct json *body)
{
    return read_text(a, json_path(body, "result", "replyText", NULL)); /* tags are taken out */
}

static const struct google_reviews reviews = {.url = reviews_url,
                                              .query = "?maxResults=100",
                                              .page_token = "token",
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

static void asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    int64_t oldest;
    const struct json *body = google_reviews_asked(&reviews, a, s, asking, reply, events, out, &oldest);
    if (!body)
        return;
    out->carry = read_id(a, json_path(body, "tokenPagination", "nextPageToken", NULL));
    out->more = out->carry.len > 0;
    int64_t listed = asking->now - WEEK_HOURS * HOUR_US + EDGE_US;
    out->from = asking->since > listed ? asking->since : listed;
}

/* ---- out ---- */

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_googleplay, m, e))
        return false;
    struct str url =
        str_format(a, "%.*s/%.*s:reply", STR_ARGS(reviews_url(a, s)), STR_ARGS(url_encode(a, m->parent_id)));
    if (!call_start(a, s, "POST", url, call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "replyText", m->text);
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
    return call_start(a, s, "GET", str_concat(a, reviews_url(a, s), STR("?maxResults=1")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    google_reviews_probed(&reviews, a, reply, out);
}

const struct channel channel_googleplay = {
    .name = "googleplay",
    .label = "Google Play",
    .icon = "play",
    .aliases = {"play"},
    .settings = settings,
    .doors = doors,
    .honest = "honest.googleplay",
    .listings = listings,
    .quota = {.units = 200, .period_seconds = 3600},
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
