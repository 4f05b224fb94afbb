/* SPDX-License-Identifier: Apache-2.0 */
/* Replies made of words that the network approved beforehand: a colleague chooses them and fills in their fields. */
#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/reply.h"
#include "store/channel.h"

#define VALUE_MAX 1024

/* What the colleague wrote for a field: one line. */
static bool value_read(struct arena *a, struct str given, struct str *out, struct error *e)
{
    if (!utf8_valid(given))
        return fail(e, ERR_BAD_INPUT, "What fills a field is not valid text.");
    struct str clean = str_trim(text_clean(a, given));
    char *line = arena_copy(a, clean.ptr, clean.len);
    for (size_t i = 0; i < clean.len; i++)
        if (line[i] == '\n' || line[i] == '\t')
            line[i] = ' ';
    *out = (struct str){line, clean.len};
    if (out->len == 0)
        return fail(e, ERR_BAD_INPUT, "There is nothing to send yet: every field needs its words.");
    return text_length(a, *out, LENGTH_CHARACTERS) <= VALUE_MAX ||
           fail(e, ERR_BAD_INPUT, "The reply is too long: a field takes %d characters.", VALUE_MAX);
}

struct filling {
    struct arena *a;
    const struct reply_request *request;
    size_t used;
};

/* The fields of one part with their values, the next of those given. */
static bool part_fill(struct filling *f, struct str words, struct pairs *out, struct json *kept, struct error *e)
{
    struct str *fields;
    size_t count = approved_fields(f->a, words, &fields);
    *out = (struct pairs){.items = ARENA_ARRAY(f->a, struct pair, count + 1)};
    for (size_t i = 0; i < count; i++) {
        struct str value;
        if (f->used == f->request->fill_count)
            return fail(e, ERR_BAD_INPUT, "There is nothing to send yet: every field needs its words.");
        if (!value_read(f->a, f->request->fills[f->used++], &value, e))
            return false;
        out->items[out->count++] = (struct pair){fields[i], value};
        struct json *pair = json_array(f->a);
        json_push(f->a, pair, json_new_str(f->a, fields[i]));
        json_push(f->a, pair, json_new_str(f->a, value));
        json_push(f->a, kept, pair);
    }
    return true;
}

static struct str under(struct arena *a, struct str above, struct str below)
{
    if (above.len == 0 || below.len == 0)
        return above.len ? above : below;
    return str_format(a, "%.*s\n\n%.*s", STR_ARGS(above), STR_ARGS(below));
}

bool reply_approved_words(struct tx *tx, int64_t brand, const struct reply_request *request, struct str *text,
                          struct str *kept, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct approved_row row;
    struct filling f = {a, request, 0};
    struct pairs head, body;
    struct json *object = json_object(a), *of_head = json_array(a), *of_body = json_array(a);
    struct error here = {0};
    if (!approved_one(tx, a, brand, request->channel_id, request->approved, request->approved_language, &row, &here))
        return fail(e, here.code == ERR_NOT_FOUND ? ERR_CONFLICT : here.code, "%s", here.message);
    if (!part_fill(&f, row.head, &head, of_head, e) || !part_fill(&f, row.body, &body, of_body, e))
        return false;
    *text = under(a, approved_fill(a, row.head, &head), approved_fill(a, row.body, &body));
    *text = under(a, *text, row.foot);
    json_set_str(a, object, "name", row.name);
    json_set_str(a, object, "language", row.language);
    json_set(a, object, "head", of_head);
    json_set(a, object, "body", of_body);
    *kept = json_to_str(a, object);
    return true;
}

static struct pairs part_read(struct arena *a, const struct json *part)
{
    struct pairs pairs = {.items = ARENA_ARRAY(a, struct pair, json_count(part) + 1)};
    for (size_t i = 0; i < json_count(part); i++)
        pairs.items[pairs.count++] = (struct pair){str_dup(a, json_text(json_at(json_at(part, i), 0))),
                                                   str_dup(a, json_text(json_at(json_at(part, i), 1)))};
    return pairs;
}

const struct outgoing_approved *reply_approved(struct arena *a, struct str kept)
{
    struct json *object = kept.len ? json_parse(a, kept, NULL) : NULL;
    if (!object)
        return NULL;
    struct outgoing_approved *out = ARENA_NEW(a, struct outgoing_approved);
    *out = (struct outgoing_approved){.name = str_dup(a, json_text(json_get(object, "name"))),
                                      .language = str_dup(a, json_text(json_get(object, "language"))),
                                      .head = part_read(a, json_get(object, "head")),
                                      .body = part_read(a, json_get(object, "body"))};
    return out;
}
