/* SPDX-License-Identifier: Apache-2.0 */
/* Being called back: the number, the moment a person chooses, and what it is about. It becomes a request that waits,
 * and its moment comes back to the list before its time. Who calls us by telephone says before what it is about. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/hours.h"
#include "care/intake.h"
#include "web/forms.h"
#include "web/site/call.h"
#include "web/site/site.h"

#define ABOUT_MAX     2000
#define WHY_MAX       500
#define NUMBER_MAX    40
#define NAME_MAX      80
#define NUMBER_DIGITS 6
#define NUMBER_LONG   15 /* E.164 */
#define EARLIEST_US   (10 * MINUTE_US)
#define LATEST_US     (14 * DAY_US)

struct call_form {
    struct str text, phone, at, name;
    int64_t story; /* a conversation of theirs that it belongs to; 0: none */
};

/* A moment as a field of date and time takes it: "2026-11-25T09:00", in the brand's zone. */
static struct str field_moment(struct visit *v, int64_t at)
{
    struct clock_parts p = clock_split(at, v->view.zone);
    return str_format(v->arena, "%04d-%02d-%02dT%02d:%02d", p.year, p.month, p.day, p.hour, p.minute);
}

static bool moment_read(struct visit *v, struct str text, int64_t *at)
{
    int64_t utc;
    if (text.len != 16 || !clock_parse_iso(str_concat(v->arena, text, STR(":00Z")), &utc))
        return false;
    *at = clock_join(clock_split(utc, NULL), v->view.zone);
    return *at > v->view.now && *at <= v->view.now + LATEST_US;
}

static bool number_is_one(struct str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = c >= '0' && c <= '9';
        digits += digit;
        if (!digit && c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/' && !(c == '+' && i == 0))
            return false;
    }
    return digits >= NUMBER_DIGITS && digits <= NUMBER_LONG;
}

struct voice_read {
    struct site *site;
    struct json *voice;
    int64_t dial; /* the conversation of theirs in which they said that they call by telephone; 0: none */
};

static bool voice_read(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_read *read = ctx;
    struct site *site = read->site;
    struct conversation c;
    struct error here = {0};
    if (read->dial && !guest_conversation(tx, site->v->arena, &site->guest, read->dial, &c, &here)) {
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        read->dial = 0;
    }
    read->voice = call_voice_json(tx, site, e);
    return read->voice != NULL;
}

static bool call_form(struct site *site, int status, const struct call_form *form, struct json *errors,
                      struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct json *model = json_object(a), *values = json_object(a);
    struct voice_read read = {.site = site, .dial = visit_query_id(v, "dial")};
    if (!visit_read(v, voice_read, &read, e))
        return false;
    v->view.voice = true;
    json_set_id(a, model, "dial", read.dial);
    json_set(a, model, "voice", read.voice);
    json_set_str(a, values, "text", form->text);
    json_set_str(a, values, "phone", form->phone);
    json_set_str(a, values, "at", form->at);
    json_set_str(a, values, "name", form->name);
    json_set_str(a, values, "earliest", field_moment(v, v->view.now + EARLIEST_US));
    json_set_str(a, values, "latest", field_moment(v, v->view.now + LATEST_US));
    json_set_id(a, values, "conversation", form->story);
    json_set_str(a, values, "once", random_token(a, 12));
    json_set(a, model, "values", values);
    json_set(a, model, "errors", errors ? errors : json_new_null(a));
    site_render_status(site, status, "call", model);
    return true;
}

static bool call_show(struct visit *v, struct error *e)
{
    struct site site;
    if (!site_open(v, "home", &site, e))
        return false;
    struct call_form form = {
        .text = text_shorten(v->arena, text_clean(v->arena, http_query(v->http, "text")), ABOUT_MAX),
        .name = site.guest.name,
        .story = visit_query_id(v, "with"),
    };
    return call_form(&site, 200, &form, NULL, e);
}

/* What they wrote, and below it how and when to call: a colleague reads it in the story, and so do they. */
static void words_of(struct visit *v, const struct call_form *form, int64_t at, struct guest_words *words)
{
    struct arena *a = v->arena;
    struct locale_frame frame = {a, v->view.locale, v->view.now, v->view.zone};
    struct json *values = json_object(a);
    json_set_str(a, values, "number", form->phone);
    json_set_time(a, values, "at", at);
    words->call_at = at;
    words->call_what = locale_say(&frame, STR("call.promise"), values);
    words->text =
        str_format(a, "%.*s\n\n%.*s", STR_ARGS(form->text), STR_ARGS(locale_say(&frame, STR("call.asks"), values)));
}

struct call_hours {
    struct site *site;
    int64_t at, story;
    struct hours_now now;
};

static bool hours_look(struct tx *tx, void *ctx, struct error *e)
{
    struct call_hours *hours = ctx;
    struct visit *v = hours->site->v;
    struct conversation c;
    if (hours->story && !guest_conversation(tx, v->arena, &hours->site->guest, hours->story, &c, e))
        return false;
    return hours_at(tx, v->arena, &v->brand, hours->at, &hours->now, e);
}

static bool call_post(struct visit *v, struct error *e)
{
    struct site site;
    struct guest_words words = {0};
    struct json *errors = NULL;
    int64_t at = 0, conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "home", &site, e))
        return false;
    struct call_form form = {.text = str_trim(text_clean(v->arena, http_form(v->http, "text"))),
                             .phone = form_line(v, "phone", NUMBER_MAX, true, &errors),
                             .at = str_trim(text_clean(v->arena, http_form(v->http, "at"))),
                             .name = form_line(v, "name", NAME_MAX, false, &errors),
                             .story = visit_form_id(v, "conversation")};
    if (form.text.len == 0)
        form_wrong(v->arena, &errors, "text", "wrong.missing");
    if (text_length(v->arena, form.text, LENGTH_CHARACTERS) > ABOUT_MAX)
        form_wrong(v->arena, &errors, "text", "wrong.long");
    if (form.phone.len && !number_is_one(form.phone))
        form_wrong(v->arena, &errors, "phone", "call.wrong_number");
    if (!moment_read(v, form.at, &at))
        form_wrong(v->arena, &errors, "at", "call.wrong_time");
    struct call_hours hours = {.site = &site, .at = at ? at : v->view.now, .story = form.story};
    if (!visit_read(v, hours_look, &hours, e))
        return false;
    if (at && hours.now.known && !hours.now.open)
        form_wrong(v->arena, &errors, "at", "call.wrong_hours");
    if (errors)
        return call_form(&site, 422, &form, errors, e);
    words_of(v, &form, at, &words);
    words.once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), 64);
    if (words.once.len == 0)
        words.once = random_token(v->arena, 12);
    if (!site_may_write(&site, e) || !site_guest(&site, form.name, e) ||
        !site_say(&site, &words, form.story ? form.story : INTAKE_BEGINS, &conversation, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/requests/%lld#latest", (long long)conversation));
    return true;
}

/* Before they call by telephone: what it is about waits where whoever answers will look. */
static bool dial_post(struct visit *v, struct error *e)
{
    struct site site;
    struct channel_origin origin = {.kind = "telephone"};
    struct guest_words words = {.origins = &origin, .origin_count = 1};
    struct json *errors = NULL;
    int64_t conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "home", &site, e))
        return false;
    struct call_form form = {.name = form_line(v, "name", NAME_MAX, false, &errors),
                             .story = visit_form_id(v, "conversation")};
    words.text = form_line(v, "why", WHY_MAX, true, &errors);
    words.once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), 64);
    if (words.once.len == 0)
        words.once = random_token(v->arena, 12);
    struct call_hours hours = {.site = &site, .at = v->view.now, .story = form.story};
    if (!visit_read(v, hours_look, &hours, e))
        return false;
    if (errors)
        return call_form(&site, 422, &form, errors, e);
    if (!site_may_write(&site, e) || !site_guest(&site, form.name, e) ||
        !site_say(&site, &words, form.story ? form.story : INTAKE_BEGINS, &conversation, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/call?dial=%lld#dial", (long long)conversation));
    return true;
}

const struct route routes_site_call[] = {
    {HTTP_GET, "/call", PERM_PUBLIC, call_show, NULL},
    {HTTP_POST, "/call", PERM_PUBLIC, call_post, NULL},
    {HTTP_POST, "/call/telephone", PERM_PUBLIC, dial_post, NULL},
    {0},
};
