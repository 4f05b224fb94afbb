/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Bluesky: sessions with tokens that say when they end, notifications, feeds, threads and records as a
 * personal data server and an AppView answer them (sim_bluesky_posts.c), and direct messages (sim_bluesky_talks.c).
 * It tells nobody anything: it is asked. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_bluesky.h"

#define ACCESS_SECONDS 7200
#define HANDLE_LEN     64

bool sim_bluesky_is(const struct sim_call *c, const char *nsid)
{
    return c->count == 2 && str_eq(c->parts[0], STR("xrpc")) && str_eq(c->parts[1], str_from(nsid));
}

/* ---- what things are called ---- */

static struct str letters_of(struct arena *a, uint64_t value, size_t count)
{
    static const char letters[] = "234567abcdefghijklmnopqrstuvwxyz";
    char *out = arena_alloc(a, count + 1);
    size_t i;

    for (i = count; i-- > 0; value >>= 5)
        out[i] = letters[value & 31];
    return (struct str){out, count};
}

struct str sim_bluesky_key(struct sim *sim, struct arena *a)
{
    unsigned char clock;

    random_bytes(&clock, 1);
    return letters_of(a, (uint64_t)sim_now(sim) << 10 | clock, 13);
}

struct str sim_bluesky_uri(struct arena *a, struct str did, struct str key)
{
    return str_format(a, "at://%.*s/" BLUESKY_COLLECTION "/%.*s", STR_ARGS(did), STR_ARGS(key));
}

struct str sim_bluesky_did(const struct sim *sim, const struct sim_person *person)
{
    return person != NULL ? person->ids[SIM_BLUESKY] : str_from(sim->lines[SIM_BLUESKY].account.account_id);
}

/* A handle is a name of the net: small letters, digits and lines. */
struct str sim_bluesky_handle(const struct sim *sim, struct arena *a, const struct sim_person *person)
{
    struct str from = str_lower(a, person != NULL ? person->handle : str_from(sim->config.handle));
    char *out = arena_alloc(a, HANDLE_LEN);
    size_t i, len = 0;

    for (i = 0; i < from.len && len < HANDLE_LEN; i++) {
        char c = from.ptr[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fine || (len > 0 && i + 1 < from.len))
            out[len++] = fine ? c : '-';
    }
    return str_format(a, "%.*s" BLUESKY_SUFFIX, (int)len, out);
}

struct str sim_bluesky_cid(struct arena *a, struct str uri)
{
    unsigned char digest[SHA256_BYTES];
    uint64_t part;
    struct str cid = STR("bafyrei");
    size_t i;

    sha256(uri, digest);
    for (i = 0; i < 4; i++) {
        memcpy(&part, digest + 8 * i, sizeof part);
        cid = str_concat(a, cid, letters_of(a, part, 13));
    }
    return cid;
}

struct str sim_bluesky_time(struct arena *a, int64_t at)
{
    struct clock_parts p = clock_split(at, NULL);

    return str_format(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", p.year, p.month, p.day, p.hour, p.minute, p.second,
                      (int)(at / 1000 % 1000));
}

struct json *sim_bluesky_profile(const struct sim *sim, struct arena *a, const struct sim_person *person)
{
    struct json *profile = json_object(a), *viewer = json_object(a);

    json_set_str(a, profile, "did", sim_bluesky_did(sim, person));
    json_set_str(a, profile, "handle", sim_bluesky_handle(sim, a, person));
    json_set_str(a, profile, "displayName", person != NULL ? person->name : str_from(sim->config.brand));
    json_set_bool(a, viewer, "muted", false);
    json_set_bool(a, viewer, "blockedBy", person != NULL && person->blocked[SIM_BLUESKY]);
    json_set(a, profile, "viewer", viewer);
    json_set(a, profile, "labels", json_array(a));
    return profile;
}

static struct str new_person(struct sim *sim, struct arena *a)
{
    uint64_t part;
    struct str first;

    (void)sim;
    random_bytes(&part, sizeof part);
    first = letters_of(a, part, 12);
    random_bytes(&part, sizeof part);
    return str_format(a, "did:plc:%.*s%.*s", STR_ARGS(first), STR_ARGS(letters_of(a, part, 12)));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str id;

    (void)root;
    do {
        id = sim_bluesky_key(sim, sim->state);
        if (kind != SIM_PRIVATE)
            id = sim_bluesky_uri(sim->state, sim_bluesky_did(sim, person), id);
    } while (sim_item_find(sim, SIM_BLUESKY, id) != NULL);
    return id;
}

/* ---- answers ---- */

void sim_bluesky_error(struct sim_call *c, int status, const char *error, struct str message)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "error", str_from(error));
    json_set_str(c->a, c->answer, "message", str_dup(c->a, message));
}

bool sim_bluesky_fits(struct sim_call *c, struct str text, size_t graphemes, const char *where)
{
    size_t count = text_length(c->a, text, LENGTH_GRAPHEMES), most = graphemes;
    const char *what = count > graphemes ? "grapheme" : "string";

    if (count <= graphemes && text.len <= graphemes * 10)
        return true;
    if (count <= graphemes) {
        count = text.len;
        most = graphemes * 10;
    }
    sim_bluesky_error(c, 400, "InvalidRequest",
                      str_format(c->a, "Invalid %s: %s too big (maximum %zu, got %zu)", where, what, most, count));
    return false;
}

static bool is_chat(const struct sim_call *c)
{
    return c->count == 2 && str_starts(c->parts[1], STR("chat.bsky."));
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN && detail != NULL)
        sim_bluesky_error(c, 400, "InvalidToken", STR("Token could not be verified"));
    else if (fault == SIM_FAULT_TOKEN)
        sim_bluesky_error(c, 400, "ExpiredToken", STR("Token has expired"));
    else if (fault == SIM_FAULT_PERMISSION)
        sim_bluesky_error(c, 401, "AccountTakedown", STR("Account has been taken down"));
    else if (fault == SIM_FAULT_BLOCKED)
        sim_bluesky_error(c, 400, "BlockedActor", STR("recipient has blocked or been blocked by the sender"));
    else if (fault == SIM_FAULT_GONE)
        sim_bluesky_error(c, 400, is_chat(c) ? "InvalidConvo" : "NotFound",
                          str_from(detail != NULL ? detail : "Post not found"));
    else if (fault == SIM_FAULT_CONTENT)
        sim_bluesky_error(c, 400, "InvalidRequest", STR("Invalid " BLUESKY_COLLECTION " record: not accepted"));
    else
        sim_bluesky_error(c, 429, "RateLimitExceeded", STR("Rate Limit Exceeded"));
    c->limited = fault == SIM_FAULT_RATE;
}

static void headers(struct sim_call *c)
{
    int ms = sim_fault_ms(c->sim, SIM_BLUESKY, SIM_FAULT_RATE, SIM_RATE_MS);
    int64_t reset = clock_now() + (c->limited ? (int64_t)ms * 1000 : 5 * MINUTE_US);
    int64_t left = 3000 - (int64_t)(c->sim->calls[SIM_BLUESKY] % 3000);

    http_set_header(c->req, "RateLimit-Limit", STR("3000"));
    http_set_header(c->req, "RateLimit-Remaining", str_format(c->a, "%lld", c->limited ? 0LL : (long long)left));
    http_set_header(c->req, "RateLimit-Reset",
                    str_format(c->a, "%lld", (long long)((reset + SECOND_US - 1) / SECOND_US)));
    http_set_header(c->req, "RateLimit-Policy", STR("3000;w=300"));
}

/* ---- sessions ---- */

static struct str signed_words(struct sim_call *c, struct str words)
{
    unsigned char digest[SHA256_BYTES];

    hmac_sha256(str_from(c->sim->lines[SIM_BLUESKY].account.secret), words, digest);
    return base64url_encode(c->a, digest, sizeof digest);
}

static struct str new_token(struct sim_call *c, const char *type, int seconds)
{
    struct json *head = json_object(c->a), *claims = json_object(c->a);
    int64_t now = sim_now(c->sim) / SECOND_US;
    struct str one, two, words;

    json_set_str(c->a, head, "typ", str_from(type));
    json_set_str(c->a, head, "alg", STR("HS256"));
    json_set_str(c->a, claims, "scope", STR("com.atproto.appPassPrivileged"));
    json_set_str(c->a, claims, "sub", sim_bluesky_did(c->sim, NULL));
    json_set_str(c->a, claims, "jti", random_token(c->a, 12));
    json_set_int(c->a, claims, "iat", now);
    json_set_int(c->a, claims, "exp", now + seconds);
    one = json_to_str(c->a, head);
    two = json_to_str(c->a, claims);
    one = base64url_encode(c->a, one.ptr, one.len);
    two = base64url_encode(c->a, two.ptr, two.len);
    words = str_format(c->a, "%.*s.%.*s", STR_ARGS(one), STR_ARGS(two));
    return str_format(c->a, "%.*s.%.*s", STR_ARGS(words), STR_ARGS(signed_words(c, words)));
}

/* One of ours; whether it has ended only the fault says. */
static bool is_ours(struct sim_call *c, struct str token)
{
    size_t dot = token.len;

    while (dot > 0 && token.ptr[dot - 1] != '.')
        dot--;
    return dot > 1 && same_secret(str_slice(token, dot, token.len), signed_words(c, str_slice(token, 0, dot - 1)));
}

static bool token_ok(struct sim_call *c, struct str token)
{
    return sim_bluesky_is(c, "com.atproto.server.createSession") || sim_token_ok(c, token) || is_ours(c, token);
}

static void answer_session(struct sim_call *c, bool tokens)
{
    struct sim_line *line = &c->sim->lines[SIM_BLUESKY];

    c->answer = json_object(c->a);
    if (tokens) {
        line->refresh_token = str_dup(c->sim->house, new_token(c, "refresh+jwt", 90 * 86400));
        json_set_str(c->a, c->answer, "accessJwt", new_token(c, "at+jwt", ACCESS_SECONDS));
        json_set_str(c->a, c->answer, "refreshJwt", line->refresh_token);
    }
    json_set_str(c->a, c->answer, "did", sim_bluesky_did(c->sim, NULL));
    json_set_str(c->a, c->answer, "handle", sim_bluesky_handle(c->sim, c->a, NULL));
    json_set_bool(c->a, c->answer, "emailConfirmed", true);
    json_set_bool(c->a, c->answer, "active", true);
}

static void create_session(struct sim_call *c)
{
    struct str who = json_text(json_get(c->body, "identifier")), word = json_text(json_get(c->body, "password"));
    bool known =
        str_eq_nocase(who, sim_bluesky_handle(c->sim, c->a, NULL)) || str_eq(who, sim_bluesky_did(c->sim, NULL));

    if (!known || !same_secret(word, str_from(c->sim->lines[SIM_BLUESKY].account.secret)))
        sim_bluesky_error(c, 401, "AuthenticationRequired", STR("Invalid identifier or password"));
    else
        answer_session(c, true);
}

/* Each serves once. */
static void refresh_session(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_BLUESKY];

    if (line->refresh_token.len > 0 && same_secret(sim_bearer(c), line->refresh_token))
        answer_session(c, true);
    else
        sim_bluesky_error(c, 400, "ExpiredToken", STR("Token has been revoked"));
}

/* ---- calls ---- */

/* What a reply looks up first belongs to sending it: blocks and removals are noticed there. */
static bool sends(struct sim_call *c)
{
    bool looks = sim_bluesky_is(c, "app.bsky.feed.getPostThread") && str_eq(http_query(c->req, "depth"), STR("0"));
    struct sim_fault_state *faults = c->sim->faults[SIM_BLUESKY];

    if (looks || sim_bluesky_is(c, "chat.bsky.convo.getConvoForMembers"))
        return faults[SIM_FAULT_GONE].times > 0 || faults[SIM_FAULT_BLOCKED].times > 0 ||
               faults[SIM_FAULT_WINDOW].times > 0;
    return sim_bluesky_is(c, "com.atproto.repo.createRecord") || sim_bluesky_is(c, "chat.bsky.convo.sendMessage");
}

static void resolve_handle(struct sim_call *c)
{
    struct str handle = http_query(c->req, "handle");
    struct sim_person *person = c->sim->people;
    bool brand = str_eq_nocase(handle, sim_bluesky_handle(c->sim, c->a, NULL));

    while (person != NULL && !str_eq_nocase(handle, sim_bluesky_handle(c->sim, c->a, person)))
        person = person->next;
    if (!brand && person == NULL) {
        sim_bluesky_error(c, 400, "InvalidRequest", STR("Unable to resolve handle"));
        return;
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "did", sim_bluesky_did(c->sim, brand ? NULL : person));
}

static void serve(struct sim_call *c)
{
    if (sim_bluesky_is(c, "com.atproto.server.createSession"))
        create_session(c);
    else if (sim_bluesky_is(c, "com.atproto.server.refreshSession"))
        refresh_session(c);
    else if (sim_bluesky_is(c, "com.atproto.server.getSession"))
        answer_session(c, false);
    else if (sim_bluesky_is(c, "com.atproto.identity.resolveHandle"))
        resolve_handle(c);
    else if (!sim_bluesky_posts_call(c) && !sim_bluesky_talks_call(c))
        sim_bluesky_error(c, 501, "MethodNotImplemented", STR("Method Not Implemented"));
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "bluesky",
     .label = {"Bluesky", "Bluesky"},
     .advice = {"Scrivi un post a @{} e guarda che cosa ti rispondono in pubblico.",
                "Write a post to @{} and see what they answer in public."},
     .write = {"Scrivi un post a @{}", "Write a post to @{}"},
     .rank = 12,
     .by_handle = true,
     .no_edit = true},
    {.name = "bluesky-dm",
     .icon = "dm",
     .label = {"Bluesky, privato", "Bluesky, private"},
     .advice = {"Qui vi leggete solo voi due.", "Here only the two of you read."},
     .rank = 13,
     .private = true,
     .no_edit = true},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"Da oggi siamo anche qui: scriveteci, rispondiamo noi.", 3},
    {0},
};

static const char *const more[] = {"handle", "nuvolamobile" BLUESKY_SUFFIX, NULL};

const struct sim_driver sim_bluesky = {
    .name = "bluesky",
    .label = {"Bluesky", "Bluesky"},
    .base = "/bluesky",
    .account = {"did:plc:nuvolamobile234567abcdef", "simulated-bluesky-token", "abcd-efgh-ijkl-mnop", "", NULL},
    .named = {"did", "access_token", "app_password", NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .shows_handles = true,
    .new_person = new_person,
    .new_id = new_id,
    .acts = "post comment message delete block unblock",
    .attach_public = "picture",
    .attach_private = "",
    .post = SIM_TWEET,
    .comment = SIM_TWEET,
    .token_ok = token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
    .headers = headers,
};
