/* SPDX-License-Identifier: Apache-2.0 */
/* Why a message's words are not here: its network lets us keep them only for so long, or named it and does not say
 * them, or not yet. */
#include "base/arena.h"
#include "base/json.h"
#include "web/desk/model.h"

static struct json *absence(struct arena *a, const struct channel *channel, const struct message *m, bool linked)
{
    struct json *out = json_object(a);
    json_set_str(a, out, "network", channel ? str_from(channel->label) : STR_EMPTY);
    if (linked && m->link.len)
        json_set_str(a, out, "link", m->link);
    return out;
}

bool absence_model(struct arena *a, const struct names *names, struct json *item, const struct message *m)
{
    const struct channel_row *row = names_channel(names, m->channel_id);
    const struct channel *channel = row ? channel_find(row->network) : NULL;
    if (m->told_at < 0 && !m->deleted_at) {
        struct json *gone = absence(a, channel, m, false);
        json_set_int(a, gone, "hours", channel ? channel->keeping.words_hours : 0);
        json_set_time(a, gone, "at", -m->told_at);
        json_set(a, item, "let_go", gone);
    }
    if (m->outbound || !str_eq(m->kind, STR("unsupported")))
        return false;
    if (str_eq(m->note, STR(NOTE_SOUGHT))) {
        json_set(a, item, "sought", absence(a, channel, m, false));
        return true;
    }
    if (!str_starts(m->note, STR(NOTE_WITHHELD)))
        return false;
    struct json *withheld = absence(a, channel, m, true);
    struct str why = str_slice(m->note, sizeof NOTE_WITHHELD - 1, m->note.len);
    json_set_bool(a, withheld, "gone", str_eq(why, str_from(failure_name(FAILURE_GONE))));
    json_set_bool(a, withheld, "silent", str_eq(why, str_from(failure_name(FAILURE_TRANSIENT))));
    json_set(a, item, "withheld", withheld);
    return true;
}
