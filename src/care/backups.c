/* SPDX-License-Identifier: Apache-2.0 */
/* The state as one setting. */
#include "care/backups.h"

#include "base/json.h"
#include "store/brand.h"

#define SETTING "backup"

bool backup_state_read(struct tx *tx, struct arena *a, struct backup_state *out, struct error *e)
{
    struct str text;
    *out = (struct backup_state){0};
    if (!setting_get(tx, a, SETTING, &text, e))
        return false;
    const struct json *state = text.len ? json_parse(a, text, NULL) : NULL;
    if (!state)
        return true;
    *out = (struct backup_state){.at = json_int(json_get(state, "at"), 0),
                                 .size = json_int(json_get(state, "size"), 0),
                                 .duration = json_int(json_get(state, "duration"), 0),
                                 .path = json_text(json_get(state, "path")),
                                 .failed_at = json_int(json_get(state, "failed_at"), 0),
                                 .words = json_text(json_get(state, "words"))};
    return true;
}

bool backup_state_write(struct tx *tx, const struct backup_state *state, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct json *object = json_object(a);
    json_set_int(a, object, "at", state->at);
    json_set_int(a, object, "size", state->size);
    json_set_int(a, object, "duration", state->duration);
    json_set_str(a, object, "path", state->path);
    json_set_int(a, object, "failed_at", state->failed_at);
    json_set_str(a, object, "words", state->words);
    return setting_put(tx, SETTING, json_to_str(a, object), e);
}

bool backup_state_clear(struct tx *tx, struct error *e)
{
    return setting_put(tx, SETTING, STR_EMPTY, e);
}
