/* SPDX-License-Identifier: Apache-2.0 */
/* Media upload of the simulated X: in one call (JSON with base64, or multipart) and in chunks. */
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "sim/sim_x.h"

#define IMAGE_MAX (5UL * 1024 * 1024)
#define MEDIA_MAX (100UL * 1024 * 1024)

static bool category_known(struct str category)
{
    static const char *const known[] = {"tweet_image", "tweet_video", "tweet_gif", "dm_image",
                                        "dm_video",    "dm_gif",      "subtitles", "amplify_video"};
    size_t n;

    for (n = 0; n < COUNT_OF(known); n++)
        if (str_eq(category, str_from(known[n])))
            return true;
    return false;
}

static void answer_media(struct sim_call *c, const struct sim_media *media)
{
    struct json *data = json_object(c->a);

    json_set_str(c->a, data, "id", media->id);
    json_set_str(c->a, data, "media_key", str_format(c->a, "3_%.*s", STR_ARGS(media->id)));
    json_set_int(c->a, data, "size", (int64_t)media->bytes.len);
    json_set_int(c->a, data, "expires_after_secs", 86400);
    sim_x_answer(c, 200, data);
}

static struct str guess_mime(struct str bytes)
{
    if (str_starts(bytes, STR("\x89PNG")))
        return STR("image/png");
    if (str_starts(bytes, STR("GIF8")))
        return STR("image/gif");
    return str_starts(bytes, STR("RIFF")) ? STR("image/webp") : STR("image/jpeg");
}

static void upload(struct sim_call *c)
{
    struct str encoded = json_text(json_get(c->body, "media")), bytes = STR_EMPTY;
    struct sim_media *media = sim_call_upload(c);

    if (!category_known(sim_param(c, "media_category"))) {
        sim_x_invalid(c, "media_category is missing or unknown.");
        return;
    }
    if (media == NULL && encoded.len > 0 && base64_decode(c->a, encoded, &bytes) && bytes.len > 0) {
        media = sim_media_new(c->sim, SIM_X, guess_mime(bytes), STR("media"), bytes);
        media->ours = true;
    }
    if (media == NULL) {
        sim_x_invalid(c, "media is missing.");
        return;
    }
    if (media->bytes.len > (str_starts(media->mime, STR("image/")) ? IMAGE_MAX : MEDIA_MAX)) {
        sim_x_invalid(c, "The media is too large.");
        return;
    }
    answer_media(c, media);
}

static void initialize(struct sim_call *c)
{
    struct str mime = sim_param(c, "media_type");
    struct sim_media *media;

    if (mime.len == 0 || json_int(json_get(c->body, "total_bytes"), 0) <= 0) {
        sim_x_invalid(c, "media_type and total_bytes are required.");
        return;
    }
    media = sim_media_new(c->sim, SIM_X, mime, STR("media"), STR_EMPTY);
    media->ours = true;
    answer_media(c, media);
}

static void append(struct sim_call *c, struct sim_media *media)
{
    const struct http_file *file = http_file(c->req, 0);
    struct str bytes = file != NULL ? file->bytes : STR_EMPTY;

    if (file == NULL && !base64_decode(c->a, json_text(json_get(c->body, "media")), &bytes))
        bytes = STR_EMPTY;
    if (bytes.len == 0 || media->bytes.len + bytes.len > MEDIA_MAX) {
        sim_x_invalid(c, "media is missing or too large.");
        return;
    }
    media->bytes = str_concat(c->sim->state, media->bytes, bytes);
    answer_media(c, media);
}

/* /2/media/upload, …/initialize, …/ID/append, …/ID/finalize */
void sim_x_media_call(struct sim_call *c)
{
    struct sim_media *media = c->count == 5 ? sim_media_find(c->sim, c->parts[3]) : NULL;

    if (c->req->method == HTTP_GET)
        media = sim_media_find(c->sim, http_query(c->req, "media_id"));
    if (c->count == 3 && c->req->method == HTTP_POST)
        upload(c);
    else if (c->count == 4 && str_eq(c->parts[3], STR("initialize")))
        initialize(c);
    else if (media != NULL && c->count == 5 && str_eq(c->parts[4], STR("append")))
        append(c, media);
    else if (media != NULL)
        answer_media(c, media);
    else
        sim_x.refuse(c, SIM_FAULT_GONE, NULL);
}

struct sim_media *sim_x_media_of(struct sim_call *c, const struct json *ids, bool *fine)
{
    struct sim_media *media;

    *fine = true;
    if (json_count(ids) == 0)
        return NULL;
    media = sim_media_find(c->sim, json_id(json_at(ids, 0)));
    if (media == NULL)
        *fine = sim_x_invalid(c, "Your media IDs are invalid.");
    return media;
}
