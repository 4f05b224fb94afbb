/* SPDX-License-Identifier: Apache-2.0 */
/* What we hold of a person, for that person. */
#include "care/mydata.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/guests.h"
#include "store/agent.h"
#include "store/channel.h"
#include "store/member.h"
#include "store/message.h"
#include "store/passkey.h"
#include "store/person.h"
#include "store/promise.h"

#define PAGE 200

struct gathering {
    struct tx *tx;
    struct arena *a;
    int64_t brand;
    bool with_files;
    struct agent *agents;
    struct channel_row *channels;
    size_t agent_count, channel_count;
    int64_t notes;
    struct mydata *out;
};

static struct str agent_name(const struct gathering *g, int64_t id)
{
    for (size_t i = 0; i < g->agent_count; i++)
        if (g->agents[i].id == id)
            return g->agents[i].name;
    return STR_EMPTY;
}

static struct str network_of(const struct gathering *g, int64_t channel)
{
    for (size_t i = 0; i < g->channel_count; i++)
        if (g->channels[i].id == channel)
            return g->channels[i].network;
    return STR_EMPTY;
}

/* ---- who they are ---- */

/* A name in the community belongs to one of their browsers. */
static bool member_add_of(struct gathering *g, const struct identity *identity, struct json *list, struct error *e)
{
    struct member member;
    struct json *item = json_object(g->a);
    if (!str_eq(identity->network, STR(GUEST_NETWORK)))
        return true;
    if (!member_find(g->tx, g->a, g->brand, identity->external_id, &member, e) || member.id == 0)
        return e->code == ERR_NONE;
    json_set_str(g->a, item, "name", member.name);
    json_set_int(g->a, item, "helped", member.helped);
    json_set_time(g->a, item, "since", member.created_at);
    json_push(g->a, list, item);
    return true;
}

static bool who_add(struct gathering *g, const struct person *person, const struct guest *guest, struct error *e)
{
    struct arena *a = g->a;
    struct json *who = json_object(a), *list = json_array(a), *browser = json_object(a), *community = json_array(a);
    struct identity *identities;
    size_t count;
    if (!identity_list(g->tx, a, g->brand, person->id, &identities, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *one = json_object(a);
        json_set_str(a, one, "network", identities[i].network);
        json_set_str(a, one, "id", identities[i].external_id);
        json_set_str(a, one, "handle", identities[i].handle);
        json_set_str(a, one, "name", identities[i].name);
        json_set_str(a, one, "phone", identities[i].phone);
        json_set_time(a, one, "seen", identities[i].seen_at);
        json_push(a, list, one);
        if (!member_add_of(g, &identities[i], community, e))
            return false;
    }
    json_set_str(a, who, "name", person->name);
    json_set_str(a, who, "language", person->language);
    json_set_str(a, who, "place", person->place);
    json_set_time(a, who, "since", person->since);
    json_set_str(a, browser, "name", guest->name);
    json_set_str(a, browser, "language", guest->language);
    json_set_time(a, browser, "since", guest->created_at);
    json_set_time(a, browser, "proved", guest->proved_at);
    json_set(a, g->out->facts, "person", who);
    json_set(a, g->out->facts, "accounts", list);
    json_set(a, g->out->facts, "browser", browser);
    json_set(a, g->out->facts, "community", community);
    g->notes += person->note.len > 0;
    return true;
}

static bool passkeys_add(struct gathering *g, int64_t person, struct error *e)
{
    struct json *list = json_array(g->a);
    struct passkey *keys;
    size_t count;
    if (!passkey_of_person(g->tx, g->a, g->brand, person, &keys, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_object(g->a);
        json_set_str(g->a, item, "name", keys[i].name);
        json_set_time(g->a, item, "since", keys[i].created_at);
        json_set_time(g->a, item, "used", keys[i].used_at);
        json_push(g->a, list, item);
    }
    json_set(g->a, g->out->facts, "passkeys", list);
    return true;
}

/* ---- what was said ---- */

/* A name that every system takes. */
static struct str file_path(struct arena *a, const struct attachment *t)
{
    struct str name = text_shorten(a, t->name.len ? t->name : t->kind, 80);
    char *out = arena_copy(a, name.ptr, name.len);
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)out[i] < ' ' || str_find_char(STR("/\\:*?\"<>|"), out[i]) >= 0)
            out[i] = '_';
    return str_format(a, "files/%lld-%.*s", (long long)t->id, (int)name.len, out);
}

static bool file_add(struct gathering *g, const struct attachment *t, struct json *item, struct error *e)
{
    struct mydata *out = g->out;
    struct mydata_file file = {.path = file_path(g->a, t)};
    struct str mime;
    bool fits = t->size >= 0 && out->bytes + (size_t)t->size <= MYDATA_FILES_MAX;
    json_set_bool(g->a, item, "enclosed", fits && g->with_files);
    if (!g->with_files || !fits)
        return true;
    if (!blob_get(g->tx, g->a, g->brand, t->hash, &mime, &file.bytes, e))
        return false;
    json_set_str(g->a, item, "path", file.path);
    out->files = list_room(g->a, out->files, out->file_count, sizeof *out->files);
    out->files[out->file_count++] = file;
    out->bytes += file.bytes.len;
    return true;
}

static bool files_add(struct gathering *g, const struct message *m, struct json *said, struct error *e)
{
    struct attachment *list;
    size_t count = 0;
    struct json *files = json_array(g->a);
    json_set(g->a, said, "files", files);
    if (m->attachments == 0 || m->deleted_at)
        return true;
    if (!attachment_list(g->tx, g->a, g->brand, m->id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_object(g->a);
        if (list[i].hash.len == 0)
            continue;
        json_set_id(g->a, item, "id", list[i].id);
        json_set_str(g->a, item, "name", list[i].name.len ? list[i].name : list[i].kind);
        json_set_str(g->a, item, "mime", list[i].mime);
        json_set_int(g->a, item, "bytes", list[i].size);
        if (!file_add(g, &list[i], item, e))
            return false;
        json_push(g->a, files, item);
    }
    return true;
}

static bool said_add(struct gathering *g, const struct message *m, struct json *list, struct error *e)
{
    struct arena *a = g->a;
    struct json *said = json_object(a);
    struct str before = STR_EMPTY;
    if (m->outbound && m->receipt < MESSAGE_ACCEPTED) /* nobody said it to them */
        return true;
    if (m->edited_at && !message_edit_last(g->tx, a, g->brand, m->id, &before, e))
        return false;
    json_set_time(a, said, "at", m->at);
    json_set_bool(a, said, "yours", !m->outbound);
    json_set_str(a, said, "by", m->outbound ? agent_name(g, m->agent_id) : STR_EMPTY);
    json_set_str(a, said, "network", network_of(g, m->channel_id));
    json_set_str(a, said, "id", m->external_id);
    json_set_bool(a, said, "public", m->is_public);
    json_set_str(a, said, "text", m->text);
    json_set_str(a, said, "before", before);
    json_set_str(a, said, "link", m->link);
    json_set_time(a, said, "edited", m->edited_at);
    json_set_time(a, said, "withdrawn", m->deleted_at);
    json_set_str(a, said, "place", m->outbound ? STR_EMPTY : str_from(place_name(m->place)));
    json_push(a, list, said);
    return files_add(g, m, said, e);
}

static bool messages_add(struct gathering *g, int64_t conversation, struct json *story, struct error *e)
{
    struct cursor cursor = {.limit = PAGE};
    struct json *list = json_array(g->a), *pages = json_array(g->a);
    for (size_t count = PAGE; count == PAGE;) {
        struct message *page;
        struct json *said = json_array(g->a);
        if (!message_list(g->tx, g->a, g->brand, conversation, cursor, &page, &count, e))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!said_add(g, &page[i], said, e))
                return false;
        json_push(g->a, pages, said);
        if (count)
            cursor = (struct cursor){.limit = PAGE, .at = page[0].at, .id = page[0].id};
    }
    for (size_t i = json_count(pages); i-- > 0;) /* the pages came newest first */
        for (size_t k = 0; k < json_count(pages->items[i]); k++)
            json_push(g->a, list, pages->items[i]->items[k]);
    json_set(g->a, story, "said", list);
    return true;
}

/* ---- what was promised, understood and decided ---- */

static bool promises_add(struct gathering *g, int64_t conversation, struct json *story, struct error *e)
{
    struct promise *list;
    size_t count;
    struct json *out = json_array(g->a);
    if (!promise_of_conversation(g->tx, g->a, g->brand, conversation, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_object(g->a);
        if (str_eq(list[i].state, STR("noticed")) || str_eq(list[i].state, STR("dismissed")))
            continue;
        json_set_str(g->a, item, "text", list[i].text);
        json_set_time(g->a, item, "due", list[i].due_at);
        json_set_str(g->a, item, "state", list[i].state);
        json_set_str(g->a, item, "by", agent_name(g, list[i].agent_id));
        json_push(g->a, out, item);
    }
    json_set(g->a, story, "promises", out);
    return true;
}

static bool decided_add(struct gathering *g, int64_t conversation, struct json *story, struct error *e)
{
    static const char *const decisions[] = {"need", "closed", "set_aside", "taken_back", "reopened"};
    struct entry *list;
    size_t count;
    struct json *out = json_array(g->a);
    if (!entry_list(g->tx, g->a, g->brand, conversation, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        g->notes += str_eq(list[i].kind, STR("note")) || str_eq(list[i].kind, STR("handover"));
        for (size_t k = 0; k < COUNT_OF(decisions); k++) {
            struct json *item = json_object(g->a);
            if (!str_eq(list[i].kind, str_from(decisions[k])))
                continue;
            json_set_str(g->a, item, "what", list[i].kind);
            json_set_str(g->a, item, "text", list[i].text);
            json_set_time(g->a, item, "at", list[i].at);
            json_push(g->a, out, item);
        }
    }
    json_set(g->a, story, "decided", out);
    return true;
}

static bool story_add(struct gathering *g, const struct conversation *c, struct json *stories, struct error *e)
{
    struct arena *a = g->a;
    struct json *story = json_object(a), *labels = label_list_of(g->tx, a, g->brand, c->id, e);
    if (!labels)
        return false;
    json_set_id(a, story, "id", c->id);
    json_set_time(a, story, "since", c->created_at);
    json_set_time(a, story, "last", c->last_at);
    json_set_str(a, story, "state", str_from(conversation_state_name(c->state)));
    json_set_str(a, story, "need", c->need);
    json_set_str(a, story, "priority", str_from(priority_name(c->priority)));
    json_set_str(a, story, "mood", c->mood);
    json_set_str(a, story, "language", c->language);
    json_set(a, story, "labels", labels);
    json_push(a, stories, story);
    return messages_add(g, c->id, story, e) && promises_add(g, c->id, story, e) && decided_add(g, c->id, story, e);
}

static bool stories_add(struct gathering *g, int64_t person, struct error *e)
{
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = person};
    struct cursor cursor = {.limit = PAGE};
    struct json *stories = json_array(g->a);
    for (bool more = true; more;) {
        struct conversation *list;
        size_t count;
        if (!conversation_list(g->tx, g->a, g->brand, &filter, cursor, &list, &count, &more, e))
            return false;
        for (size_t i = 0; i < count; i++)
            if (list[i].messages && !story_add(g, &list[i], stories, e))
                return false;
        if (count)
            cursor = (struct cursor){.limit = PAGE, .at = list[count - 1].last_at, .id = list[count - 1].id};
    }
    json_set(g->a, g->out->facts, "stories", stories);
    json_set_int(g->a, g->out->facts, "notes", g->notes);
    return true;
}

bool mydata_read(struct tx *tx, struct arena *a, const struct guest *guest, bool with_files, struct mydata *out,
                 struct error *e)
{
    struct gathering g = {.tx = tx, .a = a, .brand = guest->brand_id, .with_files = with_files, .out = out};
    struct person person;
    *out = (struct mydata){0};
    if (!guest_person(tx, a, guest, &person, e) || person.id == 0)
        return e->code == ERR_NONE;
    out->facts = json_object(a);
    json_set_time(a, out->facts, "made", tx_now(tx));
    return agent_list(tx, a, g.brand, &g.agents, &g.agent_count, e) &&
           channel_row_list(tx, a, g.brand, true, &g.channels, &g.channel_count, e) &&
           who_add(&g, &person, guest, e) && passkeys_add(&g, person.id, e) && stories_add(&g, person.id, e);
}
