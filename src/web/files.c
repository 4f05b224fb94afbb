/* SPDX-License-Identifier: Apache-2.0 */
/* Serving what people attached. */
#include "web/files.h"

#include "base/arena.h"

/* Pictures, sound and film are shown; anything else is only offered to be saved, so that nothing in it runs here. */
static bool is_shown(struct str mime)
{
    static const char *const shown[] = {"image/jpeg", "image/png",  "image/gif", "image/webp",
                                        "audio/ogg",  "audio/mpeg", "audio/mp4", "audio/aac",
                                        "video/mp4",  "video/3gpp", "video/webm"};
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (str_eq(mime, str_from(shown[i])))
            return true;
    return false;
}

static struct str safe_name(struct arena *a, struct str name)
{
    char *safe = arena_copy(a, name.ptr ? name.ptr : "", name.len);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)safe[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                     c == '-' || c == '_';
        if (!plain)
            safe[i] = '_';
    }
    return name.len ? (struct str){safe, name.len} : STR("file");
}

void file_respond(struct visit *v, struct str mime, struct str name, struct str bytes)
{
    bool shown = is_shown(mime);
    view_headers(v->http);
    http_set_header(v->http, "Content-Security-Policy", STR("default-src 'none'; sandbox"));
    http_set_header(v->http, "Cache-Control", STR("private, max-age=3600"));
    http_set_header(v->http, "Content-Disposition",
                    str_format(v->arena, "%s; filename=\"%.*s\"", shown ? "inline" : "attachment",
                               STR_ARGS(safe_name(v->arena, name))));
    http_respond(v->http, 200, shown ? mime : STR("application/octet-stream"), bytes);
}
