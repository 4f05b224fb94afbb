/* SPDX-License-Identifier: Apache-2.0 */
/* Posts, accounts and files of the simulated Mastodon, as its API describes them to whoever asks. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/sim_mastodon.h"

struct str sim_mastodon_time(struct arena *a, int64_t at)
{
    return clock_iso(a, at - at % 1000);
}

/* ---- accounts ---- */

static struct str username(struct sim *sim, const struct sim_person *person)
{
    return person != NULL ? person->handle : str_from(sim->lines[SIM_MASTODON].account.account_id);
}

static const char *host_of(const struct sim_person *person)
{
    return person != NULL ? MASTODON_PEOPLE_HOST : MASTODON_BRAND_HOST;
}

struct str sim_mastodon_account_id(struct sim *sim, const struct sim_person *person)
{
    (void)sim;
    return person != NULL ? person->ids[SIM_MASTODON] : STR("109300000000000001");
}

struct str sim_mastodon_acct(struct sim_call *c, const struct sim_person *person)
{
    struct mastodon_caller caller = sim_mastodon_caller(c);
    struct str name = username(c->sim, person);
    bool at_home = person != NULL ? caller.person != NULL : caller.brand;

    return at_home ? name : str_format(c->a, "%.*s@%s", STR_ARGS(name), host_of(person));
}

static struct str base_url(struct sim_call *c)
{
    return str_format(c->a, "http://127.0.0.1:%u%s", (unsigned)c->sim->port, sim_drivers[SIM_MASTODON]->base);
}

static struct str profile_url(struct sim_call *c, const struct sim_person *person)
{
    struct str base = base_url(c), name = username(c->sim, person);

    return str_format(c->a, "%.*s/@%.*s", STR_ARGS(base), STR_ARGS(name));
}

struct json *sim_mastodon_account(struct sim_call *c, const struct sim_person *person)
{
    static const char *const pictures[] = {"avatar", "avatar_static", "header", "header_static"};
    static const char *const counts[] = {"followers_count", "following_count", "statuses_count"};
    static const char *const lists[] = {"emojis", "fields"};
    static const char *const flags[] = {"locked", "bot", "group", "indexable"};
    struct json *j = json_object(c->a);
    struct str url = profile_url(c, person), missing = str_concat(c->a, base_url(c), STR("/avatars/missing.png"));
    size_t n;

    json_set_str(c->a, j, "id", sim_mastodon_account_id(c->sim, person));
    json_set_str(c->a, j, "username", username(c->sim, person));
    json_set_str(c->a, j, "acct", sim_mastodon_acct(c, person));
    json_set_str(c->a, j, "display_name", person != NULL ? person->name : str_from(c->sim->config.brand));
    json_set_str(c->a, j, "created_at", STR("2024-05-01T00:00:00.000Z"));
    json_set_str(c->a, j, "note", STR("<p></p>"));
    json_set_str(c->a, j, "url", url);
    json_set_str(c->a, j, "uri", url);
    json_set(c->a, j, "last_status_at", json_new_null(c->a));
    for (n = 0; n < COUNT_OF(pictures); n++)
        json_set_str(c->a, j, pictures[n], missing);
    for (n = 0; n < COUNT_OF(counts); n++)
        json_set_int(c->a, j, counts[n], 0);
    for (n = 0; n < COUNT_OF(lists); n++)
        json_set(c->a, j, lists[n], json_array(c->a));
    for (n = 0; n < COUNT_OF(flags); n++)
        json_set_bool(c->a, j, flags[n], false);
    return j;
}

/* ---- words ---- */

static size_t name_at(struct sim_call *c, const struct sim_person *person, struct str text)
{
    struct str name = username(c->sim, person), whole;
    size_t len = 1 + name.len;
    char next;

    if (text.len < len || !str_starts(text, STR("@")) || !str_eq_nocase(str_slice(text, 1, len), name))
        return 0;
    whole = str_format(c->a, "@%s", host_of(person));
    if (str_starts(str_slice(text, len, text.len), whole))
        len += whole.len;
    next = text.len > len ? text.ptr[len] : ' ';
    return (next >= 'a' && next <= 'z') || (next >= '0' && next <= '9') || next == '_' || next == '@' ? 0 : len;
}

bool sim_mastodon_names(struct sim_call *c, const struct sim_person *person, struct str text, struct str *rest)
{
    size_t i, len;

    if (rest != NULL)
        *rest = text;
    for (i = 0; i < text.len; i++) {
        if ((i > 0 && (unsigned char)text.ptr[i - 1] > ' ') ||
            (len = name_at(c, person, str_slice(text, i, text.len))) == 0)
            continue;
        if (rest != NULL && i == 0)
            *rest = str_trim(str_slice(text, len, text.len));
        return true;
    }
    return false;
}

static void write_name(struct sim_call *c, struct buf *out, const struct sim_person *person)
{
    struct str url = profile_url(c, person), name = username(c->sim, person);

    buf_format(out,
               "<span class=\"h-card\" translate=\"no\"><a href=\"%.*s\" class=\"u-url "
               "mention\">@<span>%.*s</span></a></span>",
               STR_ARGS(url), STR_ARGS(name));
}

/* The words as HTML, with whom they go to in front where they do not name them. */
static struct str html_of(struct sim_call *c, const struct sim_item *item, const struct sim_person *to, bool names)
{
    struct str text = item->text, line;
    struct buf out;
    size_t len;
    bool first = true;

    buf_init(&out, c->a, text.len + 256);
    buf_cstr(&out, "<p>");
    if (names) {
        write_name(c, &out, to);
        buf_char(&out, ' ');
    }
    while (str_split(&text, '\n', &line)) {
        if (!first)
            buf_cstr(&out, "<br />");
        first = false;
        len = name_at(c, to, line);
        if (len > 0)
            write_name(c, &out, to);
        buf_html(&out, str_slice(line, len, line.len));
    }
    buf_cstr(&out, "</p>");
    return buf_view(&out);
}

/* ---- files ---- */

struct json *sim_mastodon_media(struct sim_call *c, const struct sim_media *media, bool ready)
{
    struct json *j = json_object(c->a);
    struct str url = sim_media_url(c->sim, c->a, media);
    bool picture = str_starts(media->mime, STR("image/")), film = str_starts(media->mime, STR("video/"));

    json_set_str(c->a, j, "id", media->id);
    json_set_str(c->a, j, "type", picture ? STR("image") : film ? STR("video") : STR("audio"));
    json_set(c->a, j, "url", ready ? json_new_str(c->a, url) : json_new_null(c->a));
    json_set_str(c->a, j, "preview_url", url);
    json_set(c->a, j, "remote_url", json_new_null(c->a));
    json_set(c->a, j, "description", json_new_null(c->a));
    return j;
}

/* ---- posts ---- */

bool sim_mastodon_sees(struct sim_call *c, const struct sim_item *item)
{
    struct mastodon_caller caller = sim_mastodon_caller(c);

    if (item->network != SIM_MASTODON || item->deleted)
        return false;
    if (item->kind == SIM_PRIVATE)
        return caller.brand ? item->author == NULL || item->person != NULL
                            : caller.person != NULL && item->person == caller.person && !item->hidden;
    return !(caller.brand && item->author != NULL && item->author->blocked[SIM_MASTODON]);
}

struct sim_item *sim_mastodon_item(struct sim_call *c, struct str id)
{
    struct sim_item *item = sim_item_find(c->sim, SIM_MASTODON, id);

    return item != NULL && sim_mastodon_sees(c, item) ? item : NULL;
}

static int64_t replies_to(struct sim_call *c, const struct sim_item *item)
{
    const struct sim_item *one;
    int64_t count = 0;

    for (one = c->sim->items; one != NULL; one = one->next)
        count += one->parent == item && !one->deleted && one->network == SIM_MASTODON;
    return count;
}

/* Of the brand's: the person it goes to; of a person's: the brand, which the phone names by itself. */
static struct json *mentions_of(struct sim_call *c, const struct sim_item *item, bool *some, bool *in_words)
{
    const struct sim_person *to = item->author != NULL ? NULL : item->person;
    struct json *list = json_array(c->a), *one = json_object(c->a);

    *in_words = (to != NULL || item->author != NULL) && sim_mastodon_names(c, to, item->text, NULL);
    *some = *in_words || (item->author == NULL ? to != NULL : !item->aside);
    if (!*some)
        return list;
    json_set_str(c->a, one, "id", sim_mastodon_account_id(c->sim, to));
    json_set_str(c->a, one, "username", username(c->sim, to));
    json_set_str(c->a, one, "acct", sim_mastodon_acct(c, to));
    json_set_str(c->a, one, "url", profile_url(c, to));
    json_push(c->a, list, one);
    return list;
}

static void set_links(struct sim_call *c, struct json *j, const struct sim_item *item)
{
    struct str profile = profile_url(c, item->author), url;
    bool answers = item->parent != NULL;

    url = str_format(c->a, "%.*s/%.*s", STR_ARGS(profile), STR_ARGS(item->id));
    json_set_str(c->a, j, "uri", url);
    json_set_str(c->a, j, "url", url);
    json_set(c->a, j, "in_reply_to_id", answers ? json_new_str(c->a, item->parent->id) : json_new_null(c->a));
    json_set(c->a, j, "in_reply_to_account_id",
             answers ? json_new_str(c->a, sim_mastodon_account_id(c->sim, item->parent->author))
                     : json_new_null(c->a));
}

struct json *sim_mastodon_status(struct sim_call *c, const struct sim_item *item)
{
    static const char *const empty[] = {"reblog", "poll", "card", "language"};
    static const char *const flags[] = {"favourited", "reblogged", "muted", "bookmarked", "pinned"};
    struct json *j = json_object(c->a), *files = json_array(c->a), *mentions;
    bool some, in_words;
    size_t n;

    mentions = mentions_of(c, item, &some, &in_words);
    json_set_str(c->a, j, "id", item->id);
    json_set_str(c->a, j, "created_at", sim_mastodon_time(c->a, item->at));
    json_set(c->a, j, "edited_at",
             item->edited_at ? json_new_str(c->a, sim_mastodon_time(c->a, item->edited_at)) : json_new_null(c->a));
    json_set_bool(c->a, j, "sensitive", item->warning.len > 0);
    json_set_str(c->a, j, "spoiler_text", item->warning);
    json_set_str(c->a, j, "visibility", item->kind == SIM_PRIVATE ? STR("direct") : STR("public"));
    json_set_str(c->a, j, "content", html_of(c, item, item->author != NULL ? NULL : item->person, some && !in_words));
    json_set_int(c->a, j, "replies_count", replies_to(c, item));
    json_set_int(c->a, j, "reblogs_count", 0);
    json_set_int(c->a, j, "favourites_count", item->liked);
    json_set(c->a, j, "account", sim_mastodon_account(c, item->author));
    if (item->media != NULL)
        json_push(c->a, files, sim_mastodon_media(c, item->media, true));
    json_set(c->a, j, "media_attachments", files);
    json_set(c->a, j, "mentions", mentions);
    json_set(c->a, j, "tags", json_array(c->a));
    json_set(c->a, j, "emojis", json_array(c->a));
    for (n = 0; n < COUNT_OF(empty); n++)
        json_set(c->a, j, empty[n], json_new_null(c->a));
    for (n = 0; n < COUNT_OF(flags); n++)
        json_set_bool(c->a, j, flags[n], false);
    set_links(c, j, item);
    return j;
}
