/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the conversations format but the conversations themselves: colleagues, channels, labels, snippets and
 * people; and how a line's members and references are read. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/guide_files.h"
#include "care/import_internal.h"
#include "care/likeness.h"
#include "channels/channel.h"
#include "store/agent.h"
#include "store/shelf.h"

/* ---- members ---- */

static bool member_fits(const struct json *value, char type)
{
    switch (type) {
    case '#': return json_is(value, JSON_NUMBER);
    case '?': return json_is(value, JSON_BOOL);
    case '@': return json_is(value, JSON_ARRAY);
    default: return json_is(value, JSON_STRING);
    }
}

static const char *type_words(char type)
{
    return type == '#' ? "a number" : type == '?' ? "true or false" : type == '@' ? "a list" : "text";
}

struct member_rule {
    struct str name;
    char type;
    bool needed;
};

static bool rule_next(struct str *rest, struct member_rule *rule)
{
    struct str word;
    if (!str_split(rest, ' ', &word))
        return false;
    *rule = (struct member_rule){.name = word, .type = '$'};
    if (word.ptr[rule->name.len - 1] == '!') {
        rule->needed = true;
        rule->name.len--;
    }
    if (memchr("#?@", word.ptr[rule->name.len - 1], 3))
        rule->type = word.ptr[--rule->name.len];
    return true;
}

bool line_members(const struct json *object, const char *members, const char *what, struct error *e)
{
    struct str rest = str_from(members);
    struct member_rule rule;
    size_t found = 0;
    if (!json_is(object, JSON_OBJECT))
        return fail(e, ERR_BAD_INPUT, "A %s is an object.", what);
    while (rule_next(&rest, &rule)) {
        const struct json *value = json_get_str(object, rule.name);
        found += value != NULL;
        if (!value && rule.needed)
            return fail(e, ERR_BAD_INPUT, "A %s needs “%.*s”.", what, STR_ARGS(rule.name));
        if (value && !member_fits(value, rule.type))
            return fail(e, ERR_BAD_INPUT, "“%.*s” of a %s is %s.", STR_ARGS(rule.name), what, type_words(rule.type));
        if (rule.needed && rule.type == '$' && str_trim(json_text(value)).len == 0)
            return fail(e, ERR_BAD_INPUT, "“%.*s” of a %s is empty.", STR_ARGS(rule.name), what);
    }
    if (found == json_count(object))
        return true;
    for (size_t i = 0; i < object->count; i++) {
        struct str key = object->members[i].key;
        bool known = false;
        for (rest = str_from(members); rule_next(&rest, &rule);)
            known |= str_eq(rule.name, key);
        if (!known)
            return fail(e, ERR_BAD_INPUT, "A %s has no member “%.*s”.", what, STR_ARGS(str_slice(key, 0, 60)));
    }
    return true;
}

struct str line_text(struct history *h, const struct json *object, const char *name)
{
    return text_clean(tx_arena(h->tx), json_text(json_get(object, name)));
}

static const struct json *timed_member(const struct json *object, const char *prefix, const char *suffix)
{
    char name[24];
    size_t n = strlen(prefix), m = strlen(suffix);
    memcpy(name, prefix, n);
    memcpy(name + n, suffix, m + 1);
    return json_get(object, name);
}

bool line_time(const struct import_run *run, const struct json *object, const char *prefix, int64_t *at,
               struct error *e)
{
    const struct json *moment = timed_member(object, prefix, "at"), *ago = timed_member(object, prefix, "ago");
    *at = 0;
    if (moment && ago)
        return fail(e, ERR_BAD_INPUT, "“%sat” and “%sago” are two times for one thing.", prefix, prefix);
    if (ago) {
        double minutes = json_real(ago, 0);
        if (!(minutes > -1e8 && minutes < 1e8))
            return fail(e, ERR_BAD_INPUT, "“%sago” is a number of minutes.", prefix);
        *at = run->now - (int64_t)(minutes * (double)MINUTE_US);
    } else if (moment && !clock_parse_iso(json_text(moment), at)) {
        return fail(e, ERR_BAD_INPUT, "“%.40s” is no time like 2026-11-20T15:18:00Z.",
                    json_text(moment).len ? json_text(moment).ptr : "");
    }
    return *at >= 0 || fail(e, ERR_BAD_INPUT, "A time before 1970.");
}

/* ---- references ---- */

/* Whether one of our own ids of that kind; a miss is no error. */
static bool is_ours(struct history *h, const char *kind, int64_t id, bool *yes, struct error *e)
{
    struct arena *a = tx_arena(h->tx);
    struct error here = {0};
    struct agent agent;
    struct channel_row channel;
    struct person person;
    struct conversation conversation;
    *yes = false;
    if (strcmp(kind, "agent") == 0)
        *yes = agent_by_id(h->tx, a, h->brand, id, &agent, &here);
    else if (strcmp(kind, "channel") == 0)
        *yes = channel_row_by_id(h->tx, a, h->brand, id, &channel, &here);
    else if (strcmp(kind, "person") == 0)
        *yes = person_by_id(h->tx, a, h->brand, id, &person, &here);
    else if (strcmp(kind, "conversation") == 0)
        *yes = conversation_by_id(h->tx, a, h->brand, id, &conversation, &here);
    return *yes || here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static struct str key_of(struct history *h, const char *kind, struct str id)
{
    return str_format(tx_arena(h->tx), "%s:%.*s", kind, STR_ARGS(id));
}

bool line_find(struct history *h, const char *kind, struct str id, int64_t *out, struct error *e)
{
    const struct import_options *options = h->run->options;
    int64_t number;
    bool yes;
    *out = 0;
    for (size_t i = 0; strcmp(kind, "channel") == 0 && i < options->channel_count; i++)
        if (str_eq(options->channels[i].id, id)) {
            *out = options->channels[i].channel_id;
            return true;
        }
    if (!imported_get(h->tx, h->brand, key_of(h, kind, id), out, e))
        return false;
    if (*out || !str_int64(id, &number) || number <= 0)
        return true;
    if (!is_ours(h, kind, number, &yes, e))
        return false;
    if (yes)
        *out = number;
    return true;
}

bool line_refer(struct history *h, const char *kind, struct str id, int64_t *out, struct error *e)
{
    if (!line_find(h, kind, id, out, e))
        return false;
    return *out || fail(e, ERR_BAD_INPUT, "No line before this one brings the %s “%.*s”.", kind,
                        STR_ARGS(str_slice(id, 0, 80)));
}

bool line_keep(struct history *h, const char *kind, struct str id, int64_t ours, struct error *e)
{
    return imported_put(h->tx, h->brand, key_of(h, kind, id), ours, e);
}

static bool is_missing(const struct error *here, struct error *e)
{
    return here->code == ERR_NONE || here->code == ERR_NOT_FOUND || fail(e, here->code, "%s", here->message);
}

/* ---- colleagues ---- */

static bool agent_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    struct arena *a = tx_arena(h->tx);
    struct error here = {0};
    struct str language = line_text(h, line, "language");
    struct agent known, agent = {.brand_id = h->brand,
                                 .id = id_new(),
                                 .email = text_fold(a, str_trim(line_text(h, line, "email"))),
                                 .name = str_trim(line_text(h, line, "name")),
                                 .role = role_from(json_text(json_get(line, "role"))),
                                 .password = h->run->password,
                                 .language = language.len ? language : h->run->brand.language,
                                 .scheme = STR("auto"),
                                 .single_keys = true,
                                 .created_at = tx_now(h->tx),
                                 .removed_at = json_bool(json_get(line, "removed"), false) ? tx_now(h->tx) : 0};
    if (agent.role == ROLE_NONE)
        return fail(e, ERR_BAD_INPUT, "A role is read-only, agent, lead or admin.");
    if (str_find_char(agent.email, '@') < 1)
        return fail(e, ERR_BAD_INPUT, "“%.*s” is no e-mail address.", STR_ARGS(agent.email));
    if (agent_by_email(h->tx, a, h->brand, agent.email, &known, &here)) {
        h->report.known++;
        return line_keep(h, "agent", id, known.id, e);
    }
    if (!is_missing(&here, e))
        return false;
    h->writing = true;
    h->report.agents++;
    return agent_add(h->tx, &agent, e) && line_keep(h, "agent", id, agent.id, e);
}

/* ---- channels ---- */

static bool channel_named(struct history *h, struct str network, struct str name, bool removed_too, int64_t *id,
                          struct error *e)
{
    struct channel_row *rows;
    size_t n;
    *id = 0;
    if (!channel_row_list(h->tx, tx_arena(h->tx), h->brand, removed_too, &rows, &n, e))
        return false;
    for (size_t i = 0; i < n && !*id; i++)
        if (str_eq(rows[i].network, network) && str_eq(rows[i].name, name))
            *id = rows[i].id;
    return true;
}

bool channel_make(struct history *h, struct str network, struct str name, int64_t *id, struct error *e)
{
    const struct channel *channel = channel_find(network);
    if (!channel)
        return fail(e, ERR_BAD_INPUT, "This version has no network “%.*s”.", STR_ARGS(network));
    if (!channel_named(h, str_from(channel->name), name, channel->archive, id, e))
        return false;
    if (*id)
        return true;
    struct channel_row row = {.brand_id = h->brand,
                              .id = id_new(),
                              .network = str_from(channel->name),
                              .name = name,
                              .settings = STR("{}"),
                              .state = STR("paused"),
                              .failure_words = STR("Imported: fill in its settings, then resume it."),
                              .created_at = tx_now(h->tx),
                              .removed_at = channel->archive ? tx_now(h->tx) : 0};
    *id = row.id;
    h->writing = true;
    h->report.channels++;
    return channel_row_add(h->tx, &row, e);
}

static bool channel_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    int64_t ours;
    size_t before = h->report.channels;
    if (!channel_make(h, line_text(h, line, "network"), str_trim(line_text(h, line, "name")), &ours, e))
        return false;
    h->report.known += h->report.channels == before;
    h->writing = true;
    return line_keep(h, "channel", id, ours, e);
}

/* ---- labels and snippets ---- */

static bool label_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    int64_t ours, hue = json_int(json_get(line, "hue"), 0);
    struct str name = str_trim(line_text(h, line, "name"));
    if (hue < 0 || hue > 359)
        return fail(e, ERR_BAD_INPUT, "A hue is a number from 0 to 359.");
    if (!label_find(h->tx, h->brand, name, &ours, e))
        return false;
    h->writing = true;
    if (ours) {
        h->report.known++;
        return line_keep(h, "label", id, ours, e);
    }
    h->report.labels++;
    /* a removed label of that name comes back under its own id */
    return label_add(h->tx, h->brand, id_new(), name, (int)hue, e) && label_find(h->tx, h->brand, name, &ours, e) &&
           line_keep(h, "label", id, ours, e);
}

/* The same snippet may be there already (an export read back): nobody wants it twice. */
static bool snippet_same(struct history *h, struct str shortcut, struct str text, int64_t *id, struct error *e)
{
    const struct json *list = snippet_list(h->tx, tx_arena(h->tx), h->brand, 0, e);
    *id = 0;
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list) && !*id; i++)
        if (str_eq(json_text(json_get(json_at(list, i), "shortcut")), shortcut) &&
            str_eq(json_text(json_get(json_at(list, i), "text")), text))
            *id = json_int(json_get(json_at(list, i), "id"), 0);
    return true;
}

static bool snippet_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    struct str shortcut = str_trim(line_text(h, line, "shortcut")), text = line_text(h, line, "text");
    int64_t ours;
    if (!snippet_same(h, shortcut, text, &ours, e))
        return false;
    h->writing = true;
    if (ours) {
        h->report.known++;
        return line_keep(h, "snippet", id, ours, e);
    }
    ours = id_new();
    h->report.snippets++;
    return snippet_put(h->tx, h->brand, 0, ours, shortcut, line_text(h, line, "title"), text,
                       line_text(h, line, "language"), e) &&
           line_keep(h, "snippet", id, ours, e);
}

/* ---- help ---- */

/* What is as it was stays as it is (care/article_files.h). */
static bool article_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    struct article_file file;
    enum article_change change;
    struct str language = line_text(h, line, "language"), name = line_text(h, line, "name");
    h->writing = true;
    if (!article_file_read(tx_arena(h->tx), language, line_text(h, line, "file"), &file, e) ||
        !article_import(h->tx, h->brand, 0, name, &file, &change, e))
        return false;
    h->report.known += change == ARTICLE_SAME;
    return line_keep(h, "article", id, 1, e);
}

static bool guide_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    struct guide_file file;
    enum article_change change;
    struct str language = line_text(h, line, "language"), name = line_text(h, line, "name");
    h->writing = true;
    if (!guide_file_read(tx_arena(h->tx), language, line_text(h, line, "file"), &file, e) ||
        !guide_import(h->tx, h->brand, 0, name, &file, &change, e))
        return false;
    h->report.known += change == ARTICLE_SAME;
    return line_keep(h, "guide", id, 1, e);
}

/* ---- people ---- */

static void identity_read(struct history *h, const struct json *json, struct identity *out)
{
    const struct channel *channel = channel_find(json_text(json_get(json, "network")));
    *out = (struct identity){.brand_id = h->brand,
                             .network = channel ? str_from(channel->name) : STR_EMPTY,
                             .external_id = line_text(h, json, "id"),
                             .handle = line_text(h, json, "handle"),
                             .name = line_text(h, json, "name"),
                             .phone = line_text(h, json, "phone"),
                             .unreachable = line_text(h, json, "unreachable"),
                             .seen_at = tx_now(h->tx)};
}

/* Whose the identities are already: 0 when nobody's. */
static bool identities_owner(struct history *h, const struct identity *list, size_t n, int64_t *owner,
                             struct error *e)
{
    *owner = 0;
    for (size_t i = 0; i < n; i++) {
        struct identity known;
        struct error here = {0};
        if (!list[i].network.len)
            return fail(e, ERR_BAD_INPUT, "This version does not know the network of identity %zu.", i + 1);
        if (!identity_find(h->tx, tx_arena(h->tx), h->brand, list[i].network, list[i].external_id, &known, &here)) {
            if (!is_missing(&here, e))
                return false;
            continue;
        }
        if (*owner && *owner != known.person_id)
            return fail(e, ERR_BAD_INPUT, "These identities belong to two people here: merge them first.");
        *owner = known.person_id;
    }
    return true;
}

static bool identities_add(struct history *h, struct identity *list, size_t n, int64_t person, struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        struct identity known;
        struct error here = {0};
        if (identity_find(h->tx, tx_arena(h->tx), h->brand, list[i].network, list[i].external_id, &known, &here))
            continue;
        if (!is_missing(&here, e))
            return false;
        list[i].person_id = list[i].first_person_id = person;
        struct channel_author author = {.handle = list[i].handle, .phone = list[i].phone};
        if (!identity_add(h->tx, &list[i], e) ||
            !likeness_of_author(h->tx, h->brand, list[i].network, list[i].external_id, &author, e))
            return false;
    }
    return true;
}

static bool person_take(struct history *h, const struct json *line, struct str id, struct error *e)
{
    const struct json *given = json_get(line, "identities");
    size_t n = json_count(given);
    struct identity *identities = ARENA_ARRAY(tx_arena(h->tx), struct identity, n + 1);
    int64_t owner, since;
    for (size_t i = 0; i < n; i++)
        identity_read(h, json_at(given, i), &identities[i]);
    if (!identities_owner(h, identities, n, &owner, e))
        return false;
    if (!clock_parse_iso(json_text(json_get(line, "since")), &since))
        since = 0;
    h->writing = true;
    if (owner) {
        h->report.known++;
        return identities_add(h, identities, n, owner, e) && line_keep(h, "person", id, owner, e);
    }
    struct person person = {.brand_id = h->brand,
                            .id = id_new(),
                            .name = str_trim(line_text(h, line, "name")),
                            .language = line_text(h, line, "language"),
                            .place = line_text(h, line, "place"),
                            .note = line_text(h, line, "note"),
                            .since = since};
    h->report.people++;
    history_person(h, &person);
    return person_add(h->tx, &person, e) && identities_add(h, identities, n, person.id, e) &&
           line_keep(h, "person", id, person.id, e);
}

static bool person_check(const struct import_run *run, const struct json *line, struct error *e)
{
    const struct json *identities = json_get(line, "identities"), *since = json_get(line, "since");
    int64_t at;
    (void)run;
    if (since && !clock_parse_iso(json_text(since), &at))
        return fail(e, ERR_BAD_INPUT, "“since” is a day like 2016-03-01.");
    for (size_t i = 0; i < json_count(identities); i++)
        if (!line_members(json_at(identities, i), "network! id! handle name phone unreachable", "identity", e))
            return false;
    return true;
}

/* ---- which line is which ---- */

static const struct kind {
    const char *name, *members;
    bool (*check)(const struct import_run *run, const struct json *line, struct error *e); /* beyond the members */
    bool (*take)(struct history *h, const struct json *line, struct str id, struct error *e);
} kinds[] = {
    {"agent", "type! id! name! email! role! language removed?", NULL, agent_take},
    {"channel", "type! id! network! name!", NULL, channel_take},
    {"label", "type! id! name! hue#", NULL, label_take},
    {"snippet", "type! id! shortcut! title language text!", NULL, snippet_take},
    {"article", "type! id! language! name! file!", NULL, article_take},
    {"guide", "type! id! language! name! file!", NULL, guide_take},
    {"person", "type! id! name! language place since note identities@!", person_check, person_take},
    {"conversation",
     "type! id! person! need need_by need_at need_ago# owner priority labels@ state! items@! closed_by closed_at "
     "closed_ago# reason outcome set_aside_by until_at until_ago# returns#",
     conversation_check, NULL},
};

static const struct kind *kind_of(const struct json *line)
{
    struct str type = json_text(json_get(line, "type"));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(type, str_from(kinds[i].name)))
            return &kinds[i];
    return NULL;
}

bool conversations_check(const struct import_run *run, const struct json *line, struct error *e)
{
    const struct kind *kind = kind_of(line);
    if (!kind)
        return fail(e, ERR_BAD_INPUT,
                    "“type” is agent, channel, label, snippet, person or conversation in this format.");
    return line_members(line, kind->members, kind->name, e) && (!kind->check || kind->check(run, line, e));
}

bool conversations_take(struct history *h, const struct json *line, struct error *e)
{
    const struct kind *kind = kind_of(line);
    struct str id = json_text(json_get(line, "id"));
    int64_t known;
    if (!line_find(h, kind->name, id, &known, e))
        return false;
    if (known) {
        h->report.known++;
        return true;
    }
    return kind->take ? kind->take(h, line, id, e) : conversation_take(h, line, e);
}
