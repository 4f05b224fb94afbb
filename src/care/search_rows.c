/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the search index: made of messages, needs and people, and taken away again. */
#include "base/unicode.h"
#include "care/search.h"
#include "store/retention.h"
#include "store/search.h"

static struct search_row message_row(struct tx *tx, const struct message *m)
{
    return (struct search_row){.brand_id = m->brand_id,
                               .id = m->id,
                               .kind = "message",
                               .channel_id = m->channel_id,
                               .person_id = m->person_id,
                               .is_public = m->is_public,
                               .words = text_fold(tx_arena(tx), m->text)};
}

static struct search_row need_row(struct tx *tx, const struct conversation *c)
{
    return (struct search_row){.brand_id = c->brand_id,
                               .id = c->id,
                               .kind = "need",
                               .person_id = c->person_id,
                               .words = text_fold(tx_arena(tx), c->need)};
}

static struct search_row person_row(struct tx *tx, const struct person *p)
{
    return (struct search_row){.brand_id = p->brand_id,
                               .id = p->id,
                               .kind = "person",
                               .person_id = p->id,
                               .words = text_fold(tx_arena(tx), p->name)};
}

bool search_message(struct tx *tx, const struct message *m, struct error *e)
{
    struct search_row row = message_row(tx, m);
    return m->text.len == 0 || search_add(tx, &row, e);
}

/* What left the index by rule (retention.h) is not there to be taken out. */
static bool is_there(struct tx *tx, int64_t brand, int64_t id, bool *there, struct error *e)
{
    bool left = false;
    bool ok = unsearched_take(tx, brand, id, &left, e);
    *there = !left;
    return ok;
}

bool search_message_gone(struct tx *tx, const struct message *m, struct error *e)
{
    struct search_row row = message_row(tx, m);
    bool there = m->text.len != 0;
    if (there && !is_there(tx, m->brand_id, m->id, &there, e))
        return false;
    return !there || search_remove(tx, &row, e);
}

bool search_need(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct search_row row = need_row(tx, c);
    return c->need.len == 0 || search_add(tx, &row, e);
}

bool search_need_gone(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct search_row row = need_row(tx, c);
    bool there;
    if (!is_there(tx, c->brand_id, c->id, &there, e))
        return false;
    return !there || c->need.len == 0 || search_remove(tx, &row, e);
}

bool search_person(struct tx *tx, const struct person *p, struct error *e)
{
    struct search_row row = person_row(tx, p);
    return search_add(tx, &row, e);
}

bool search_person_gone(struct tx *tx, const struct person *p, struct error *e)
{
    struct search_row row = person_row(tx, p);
    return search_remove(tx, &row, e);
}
