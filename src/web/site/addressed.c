/* SPDX-License-Identifier: Apache-2.0 */
/* /files/TOKEN: a file on its way to a network that fetches it from us. Whoever has the token may read it, as whoever
 * has the message may. */
#include "base/arena.h"
#include "care/file_address.h"
#include "store/message.h"
#include "web/files.h"

struct addressed {
    struct visit *v;
    int64_t brand, id;
    struct attachment attachment;
    struct str mime, bytes;
};

static bool addressed_read(struct tx *tx, void *ctx, struct error *e)
{
    struct addressed *file = ctx;
    struct arena *a = file->v->arena;
    if (!attachment_by_id(tx, a, file->brand, file->id, &file->attachment, e))
        return false;
    if (file->attachment.hash.len == 0)
        return fail(e, ERR_NOT_FOUND, "This file is not here.");
    return blob_get(tx, a, file->brand, file->attachment.hash, &file->mime, &file->bytes, e);
}

static bool addressed_show(struct visit *v, struct error *e)
{
    struct addressed file = {.v = v};
    if (!file_token_read(v->arena, v->app->house, v->words[0], &file.brand, &file.id))
        return fail(e, ERR_NOT_FOUND, "This file is not here.");
    if (!visit_read(v, addressed_read, &file, e))
        return false;
    file_respond(v, file.mime, file.attachment.name, file.bytes);
    return true;
}

const struct route routes_site_addressed[] = {
    {HTTP_GET, "/files/:name", PERM_PUBLIC, addressed_show, NULL},
    {0},
};
