/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the care site's pages: guest, language, and the way of what is written there to the intake. */
#include "web/site/site.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/calls.h"
#include "care/house.h"
#include "care/intake.h"
#include "care/passages.h"
#include "care/promises.h"
#include "care/push.h"
#include "care/widget.h"
#include "net/ratelimit.h"
#include "store/letter.h"
#include "store/message.h"
#include "store/passkey.h"
#include "store/proof.h"
#include "web/session.h"
#include "web/site/frame.h"
#include "web/site/passkey.h"

#define GUEST_TOKEN_BYTES 32
#define GUEST_SEEN_US     DAY_US
#define LANGUAGE_COOKIE   "ascolto_language"
#define NAME_MAX          80

/* ---- who, and in which language ---- */

static const char *guest_cookie(struct visit *v)
{
    return str_cstr(v->arena, str_format(v->arena, "ascolto_guest_%lld", (long long)v->brand.id));
}

static bool guest_read(struct tx *tx, void *ctx, struct error *e)
{
    struct site *site = ctx;
    struct visit *v = site->v;
    if (site->framed)
        return frame_guest(tx, site, e);
    struct str cookie = http_cookie(v->http, guest_cookie(v));
    struct error here = {0};
    if (cookie.len == 0 ||
        guest_by_hash(tx, v->arena, v->brand.id, session_token_hash(v->arena, cookie), &site->guest, &here))
        return true;
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static bool guest_keep(struct tx *tx, void *ctx, struct error *e)
{
    const struct site *site = ctx;
    return guest_seen(tx, site->guest.brand_id, site->guest.id, tx_now(tx), e);
}

static void guest_hand_out(struct site *site, struct str token)
{
    if (site->framed)
        frame_hand_out(site, token);
    else
        session_cookie(site->v, guest_cookie(site->v), token, token.len ? GUEST_IDLE_US / SECOND_US : 0);
}

/* A language chosen by hand stays: in the cookie, where no guest is known. */
static const struct locale *language_of(struct site *site)
{
    struct visit *v = site->v;
    struct str asked = http_query(v->http, "lang"), kept = http_cookie(v->http, LANGUAGE_COOKIE);
    for (size_t i = 0; i < locale_count(); i++)
        if (str_eq(asked, locale_language(locale_at(i)))) {
            if (!site->framed)
                session_cookie(v, LANGUAGE_COOKIE, asked, GUEST_IDLE_US / SECOND_US);
            return locale_at(i);
        }
    if (kept.len && !site->framed)
        return locale_find(kept);
    struct str accepted = http_header(v->http, "accept-language");
    return locale_find(accepted.len ? accepted : v->brand.language);
}

bool site_open(struct visit *v, const char *section, struct site *site, struct error *e)
{
    *site = (struct site){.v = v, .framed = frame_is(v)};
    if (site->framed && !frame_open(site, e))
        return false;
    if (!visit_read(v, guest_read, site, e))
        return false;
    v->view.locale = language_of(site);
    v->view.scheme = STR("auto");
    v->view.section = str_from(section);
    v->view.single_keys = false;
    v->view.me = NULL;
    v->view.csrf = v->csrf; /* of a colleague who looks at the site; a guest's forms are held by their origin */
    if (site->guest.id && clock_now() - site->guest.seen_at > GUEST_SEEN_US)
        return visit_write(v, guest_keep, site, e);
    return true;
}

static bool guest_make(struct tx *tx, void *ctx, struct error *e)
{
    struct site *site = ctx;
    site->guest.created_at = site->guest.seen_at = tx_now(tx);
    return guest_expire(tx, site->guest.brand_id, tx_now(tx) - GUEST_IDLE_US, e) && guest_add(tx, &site->guest, e);
}

static bool guest_rename(struct tx *tx, void *ctx, struct error *e)
{
    const struct site *site = ctx;
    return guest_named(tx, site->guest.brand_id, site->guest.id, site->guest.name, site->guest.language, e);
}

static bool guest_begin(struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct str token = random_token(v->arena, GUEST_TOKEN_BYTES);
    site->guest.brand_id = v->brand.id;
    site->guest.id = site->guest.id ? site->guest.id : id_new();
    site->guest.hash = session_token_hash(v->arena, token);
    if (!visit_write(v, guest_make, site, e))
        return false;
    guest_hand_out(site, token);
    return true;
}

static bool guest_end(struct tx *tx, void *ctx, struct error *e)
{
    const struct site *site = ctx;
    return push_switch_off(tx, site->guest.brand_id, site->guest.id, 0, STR_EMPTY, e) &&
           proof_delete_of(tx, site->guest.brand_id, site->guest.id, e) &&
           letter_code_end(tx, site->guest.brand_id, site->guest.id, e) &&
           passkey_ask_end(tx, site->guest.brand_id, site->guest.id, e) &&
           guest_delete(tx, site->guest.brand_id, site->guest.id, e);
}

bool site_guest(struct site *site, struct str name, struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct str language = locale_language(v->view.locale);
    name = text_shorten(a, str_trim(text_clean(a, name)), NAME_MAX);
    if (site->guest.id) {
        bool same = (name.len == 0 || str_eq(name, site->guest.name)) && str_eq(language, site->guest.language);
        if (name.len)
            site->guest.name = name;
        site->guest.language = language;
        return same || visit_write(v, guest_rename, site, e);
    }
    int64_t id = id_new();
    site->guest = (struct guest){
        .id = id, .external_id = str_format(a, "guest-%lld", (long long)id), .name = name, .language = language};
    return guest_begin(site, e);
}

static bool guest_change(struct tx *tx, void *ctx, struct error *e)
{
    struct site *site = ctx;
    site->guest.seen_at = tx_now(tx);
    return guest_told(tx, &site->guest, e);
}

bool site_signed(struct site *site, const struct guest *told, struct error *e)
{
    struct guest now = site->guest;
    now.name = told->name.len ? told->name : now.name;
    now.email = told->email;
    now.phone = told->phone;
    now.language = locale_language(site->v->view.locale);
    if (guest_is_signed(&site->guest) && str_eq(site->guest.external_id, told->external_id)) {
        site->guest = now;
        return visit_write(site->v, guest_change, site, e);
    }
    if (guest_is_signed(&site->guest) && !visit_write(site->v, guest_end, site, e))
        return false;
    site->guest = *told;
    site->guest.language = now.language;
    return guest_begin(site, e);
}

static bool guest_rehash(struct tx *tx, void *ctx, struct error *e)
{
    const struct site *site = ctx;
    return guest_renew(tx, site->guest.brand_id, site->guest.id, site->guest.hash, e);
}

bool site_renew(struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct str token = random_token(v->arena, GUEST_TOKEN_BYTES);
    site->guest.hash = session_token_hash(v->arena, token);
    if (!visit_write(v, guest_rehash, site, e))
        return false;
    guest_hand_out(site, token);
    return true;
}

bool site_leave(struct site *site, struct error *e)
{
    if (site->guest.id && !visit_write(site->v, guest_end, site, e))
        return false;
    guest_hand_out(site, STR_EMPTY);
    return true;
}

/* ---- what they write ---- */

static bool account_find(struct tx *tx, void *ctx, struct error *e)
{
    int64_t *at = ctx;
    return account_home_id(tx, at[0], &at[1], e);
}

struct account_making {
    struct visit *v;
    int64_t id;
};

static bool account_made(struct tx *tx, void *ctx, struct error *e)
{
    struct account_making *making = ctx;
    return account_home(tx, making->v->app->house, making->v->brand.id, &making->id, e);
}

bool site_account(struct site *site, int64_t *channel, struct error *e)
{
    struct visit *v = site->v;
    int64_t at[2] = {v->brand.id, 0};
    struct account_making making = {.v = v};
    if (!visit_read(v, account_find, at, e))
        return false;
    if (!at[1] && !visit_write(v, account_made, &making, e))
        return false;
    *channel = at[1] ? at[1] : making.id;
    return true;
}

static bool may_take(struct site *site, struct ratelimit *limit, struct str key, struct error *e)
{
    struct visit *v = site->v;
    struct ratelimit_verdict verdict = ratelimit_take(limit, key);
    if (verdict.allowed)
        return true;
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", verdict.retry_seconds));
    return fail(e, ERR_RATE_LIMITED, "So much at once: please wait %d seconds.", verdict.retry_seconds);
}

bool site_may_write(struct site *site, struct error *e)
{
    return may_take(site, site->v->app->guests, site->v->http->client, e);
}

bool site_may_chat(struct site *site, struct error *e)
{
    struct visit *v = site->v;
    if (!site->guest.id)
        return site_may_write(site, e);
    struct str key = str_format(v->arena, "%lld", (long long)site->guest.id);
    return may_take(site, v->app->chat, key, e) && may_take(site, v->app->chats, v->http->client, e);
}

bool site_may_call(struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct str key = str_format(v->arena, "%lld", (long long)site->guest.id);
    return (!site->guest.id || may_take(site, v->app->callers, key, e)) &&
           may_take(site, v->app->calls, v->http->client, e);
}

struct saying {
    const struct guest *guest;
    struct intake intake;
    struct str external_id;
    const struct guest_words *words;
    int64_t conversation;
};

static bool saying_take(struct tx *tx, void *ctx, struct error *e)
{
    struct saying *saying = ctx;
    struct message m;
    int64_t id;
    const struct channel_row *row = &saying->intake.account->row;
    if (!intake_take(tx, &saying->intake, e) ||
        !intake_find_message(tx, row->brand_id, row->id, saying->external_id, &id, e))
        return false;
    if (id <= 0 || !message_by_id(tx, tx_arena(tx), row->brand_id, id, &m, e))
        return id > 0 ? false : fail(e, ERR_INTERNAL, "What was written did not arrive.");
    saying->conversation = m.conversation_id;
    const struct guest_words *words = saying->words;
    struct call call = {0};
    if (words->rings && !calls_ring(tx, saying->guest, &m, &call, e))
        return false;
    if (words->rings)
        *words->rings = call.id;
    return (!words->call_at || promise_ask(tx, &m, words->call_at, words->call_what, e)) &&
           (!words->passage || passage_began(tx, saying->guest, words->passage, m.conversation_id, e));
}

bool site_say(struct site *site, const struct guest_words *words, int64_t story, int64_t *conversation,
              struct error *e)
{
    struct visit *v = site->v;
    struct channel_events events = {.arena = v->arena};
    int64_t channel;
    if (!site_account(site, &channel, e))
        return false;
    const struct account *account = account_get(v->app->house, channel, e);
    if (!account)
        return false;
    guest_event(v->arena, &site->guest, words, &events);
    struct saying saying = {.guest = &site->guest,
                            .intake = {.house = v->app->house, .account = account, .events = &events, .story = story},
                            .external_id = events.items[0].external_id,
                            .words = words};
    intake_prepare(v->arena, &saying.intake);
    bool ok = visit_write(v, saying_take, &saying, e);
    account_release(v->app->house, account);
    *conversation = saying.conversation;
    return ok;
}

static enum message_kind kind_of(struct str mime)
{
    return str_starts(mime, STR("image/"))   ? MESSAGE_IMAGE
           : str_starts(mime, STR("audio/")) ? MESSAGE_AUDIO
           : str_starts(mime, STR("video/")) ? MESSAGE_VIDEO
                                             : MESSAGE_FILE;
}

bool site_files(struct site *site, struct guest_words *words, struct error *e)
{
    struct visit *v = site->v;
    const struct http_file *file;
    words->media = ARENA_ARRAY(v->arena, struct channel_media, GUEST_FILES);
    words->media_count = 0;
    for (size_t i = 0; (file = http_file(v->http, i)); i++) {
        if (file->bytes.len == 0)
            continue;
        if (words->media_count == GUEST_FILES)
            return fail(e, ERR_BAD_INPUT, "At most %d files at once.", GUEST_FILES);
        if (file->bytes.len > GUEST_FILE_MAX)
            return fail(e, ERR_TOO_LARGE, "A file has at most 16 MB.");
        words->media[words->media_count++] =
            (struct channel_media){.kind = kind_of(file->mime),
                                   .mime = text_shorten(v->arena, text_clean(v->arena, file->mime), 100),
                                   .file_name = text_shorten(v->arena, text_clean(v->arena, file->file_name), 120),
                                   .bytes = file->bytes};
    }
    return true;
}

/* ---- showing ---- */

void site_render_status(struct site *site, int status, const char *page, struct json *model)
{
    struct arena *a = site->v->arena;
    struct json *frame = json_object(a), *languages = json_array(a);
    for (size_t i = 0; i < locale_count(); i++) {
        struct json *language = json_object(a);
        json_set_str(a, language, "value", locale_language(locale_at(i)));
        json_set_bool(a, language, "current", locale_at(i) == site->v->view.locale);
        json_push(a, languages, language);
    }
    /* whose page it is: the worker forgets what it kept of somebody else */
    struct str guest = site->guest.id ? str_format(a, "%lld", (long long)site->guest.id) : STR_EMPTY;
    http_set_header(site->v->http, "Ascolto-Guest", guest.len ? guest : STR("none"));
    json_set_str(a, frame, "guest", guest);
    json_set_str(a, frame, "name", site->guest.name);
    json_set_bool(a, frame, "known", site->guest.id != 0);
    json_set_str(a, frame, "path", site->v->path);
    json_set_bool(a, frame, "framed", site->framed);
    json_set_bool(a, frame, "passkeys", passkey_possible(site));
    json_set_str(a, frame, "parent", site->parent);
    json_set_str(a, frame, "chat", site->framed ? STR("/widget") : STR("/chat"));
    json_set(a, frame, "languages", languages);
    json_set(a, model, "site", frame);
    struct view *view = &site->v->view;
    view->kept = str_eq(view->section, STR("help")) || (str_eq(view->section, STR("home")) && !site->guest.id);
    view_render_status(view, site->v->http, status, str_cstr(a, str_format(a, "site/%s", page)), model);
}

void site_render(struct site *site, const char *page, struct json *model)
{
    site_render_status(site, 200, page, model);
}
