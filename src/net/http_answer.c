/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: headers, compression, and the way back to the loop. */
#include <assert.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "net/http_internal.h"

#define GZIP_MIN   1000 /* bytes: below, a packet is a packet */
#define GZIP_LEVEL 1

const char *status_words(int status)
{
    static const struct {
        int status;
        const char *words;
    } known[] = {{200, "OK"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {413, "Content Too Large"},
                 {414, "URI Too Long"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {503, "Service Unavailable"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i].status == status)
            return known[i].words;
    return status < 400 ? "OK" : "Error";
}

struct str http_date(struct arena *a)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct clock_parts now = clock_split(clock_now(), NULL);
    return str_format(a, "%s, %02d %s %d %02d:%02d:%02d GMT", days[now.weekday], now.day, months[now.month - 1],
                      now.year, now.hour, now.minute, now.second);
}

/* "gzip" or "*" with a weight above zero; gzip's own word counts more than the star's. */
static bool weight_is_zero(struct str parameters)
{
    struct str part;
    while (str_split(&parameters, ';', &part)) {
        part = str_trim(part);
        if (part.len < 3 || (part.ptr[0] != 'q' && part.ptr[0] != 'Q') || part.ptr[1] != '=')
            continue;
        for (size_t i = 2; i < part.len; i++)
            if (part.ptr[i] != '0' && part.ptr[i] != '.')
                return false;
        return true;
    }
    return false;
}

bool accepts_gzip(struct str accept_encoding)
{
    struct str item;
    bool star = false;
    while (str_split(&accept_encoding, ',', &item)) {
        ptrdiff_t semicolon = str_find_char(item, ';');
        size_t end = semicolon < 0 ? item.len : (size_t)semicolon;
        struct str coding = str_trim(str_slice(item, 0, end));
        bool wanted = !weight_is_zero(str_slice(item, end, item.len));
        if (str_eq_nocase(coding, STR("gzip")))
            return wanted;
        star |= wanted && str_eq(coding, STR("*"));
    }
    return star;
}

static void check_header(const char *name, struct str value)
{
    assert(name[0] != '\0' && !strpbrk(name, "\r\n: \t"));
    for (size_t i = 0; i < value.len; i++)
        assert(value.ptr[i] != '\r' && value.ptr[i] != '\n' && value.ptr[i] != '\0');
}

void answer_add_header(struct exchange *x, const char *name, struct str value)
{
    struct header *header = ARENA_NEW(x->req.arena, struct header);
    check_header(name, value);
    header->name = str_cstr(x->req.arena, str_from(name));
    header->value = str_cstr(x->req.arena, value);
    *x->answer.headers_end = header;
    x->answer.headers_end = &header->next;
}

static struct header *find_header(const struct exchange *x, const char *name)
{
    for (struct header *h = x->answer.headers; h; h = h->next)
        if (str_eq_nocase(str_from(h->name), str_from(name)))
            return h;
    return NULL;
}

const char *answer_find_header(const struct exchange *x, const char *name)
{
    const struct header *header = find_header(x, name);
    return header ? header->value : NULL;
}

static bool may_repeat(struct str name)
{
    return str_eq_nocase(name, STR("Set-Cookie")) || str_eq_nocase(name, STR("Vary")) ||
           str_eq_nocase(name, STR("Link")) || str_eq_nocase(name, STR("Server-Timing"));
}

void http_set_header(struct http_request *req, const char *name, struct str value)
{
    struct exchange *x = exchange_of(req);
    struct header *old = may_repeat(str_from(name)) ? NULL : find_header(x, name);
    if (!old) {
        answer_add_header(x, name, value);
        return;
    }
    check_header(name, value);
    old->value = str_cstr(req->arena, value);
}

/* Compressors are large: one a thread, freed with it. */
static pthread_key_t compressor_key;
static pthread_once_t compressor_once = PTHREAD_ONCE_INIT;

static void free_compressor(void *ptr)
{
    libdeflate_free_compressor(ptr);
}

static void make_compressor_key(void)
{
    pthread_key_create(&compressor_key, free_compressor);
}

static struct libdeflate_compressor *compressor(void)
{
    pthread_once(&compressor_once, make_compressor_key);
    struct libdeflate_compressor *own = pthread_getspecific(compressor_key);
    if (!own) {
        own = libdeflate_alloc_compressor(GZIP_LEVEL);
        if (!own)
            abort();
        pthread_setspecific(compressor_key, own);
    }
    return own;
}

static bool is_text(struct str content_type)
{
    static const struct str types[] = {{"application/json", 16},         {"application/javascript", 22},
                                       {"application/problem+json", 24}, {"application/manifest+json", 25},
                                       {"application/xml", 15},          {"image/svg+xml", 13}};
    ptrdiff_t end = str_find_char(content_type, ';');
    struct str type = str_trim(end < 0 ? content_type : str_slice(content_type, 0, (size_t)end));
    if (str_eq_nocase(str_slice(type, 0, 5), STR("text/")))
        return !str_eq_nocase(type, STR("text/event-stream"));
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_eq_nocase(type, types[i]))
            return true;
    return false;
}

/* Compresses into the arena; false: send it as it is. */
static bool try_gzip(struct exchange *x, struct str body)
{
    size_t most = body.len - body.len / 16; /* less gain is not worth the client's time */
    struct buf out;                         /* unlike plain memory of the arena, not zeroed */
    buf_init(&out, x->req.arena, most);
    size_t len = libdeflate_gzip_compress(compressor(), body.ptr, body.len, out.ptr, most);
    if (len == 0)
        return false;
    x->answer.bytes = out.ptr;
    x->answer.len = len;
    answer_add_header(x, "Content-Encoding", STR("gzip"));
    return true;
}

static bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void fill(struct exchange *x, int status, struct str content_type)
{
    assert(status >= 200 && status <= 599 && x->answer.status == 0);
    x->answer.status = status;
    if (content_type.len > 0)
        http_set_header(&x->req, "Content-Type", content_type);
}

bool answer_give(struct exchange *x)
{
    int before = atomic_exchange(&x->state, EXCHANGE_ANSWERED);
    assert(before != EXCHANGE_ANSWERED); /* two answers */
    if (before == EXCHANGE_WAITING)
        loop_answered(x->loop, x);
    if (before != EXCHANGE_ORPHAN)
        return true;
    arena_free(x->req.arena);
    return false;
}

void http_respond(struct http_request *req, int status, struct str content_type, struct str body)
{
    struct exchange *x = exchange_of(req);
    fill(x, status, content_type);
    if (has_body(status) && body.len >= GZIP_MIN && is_text(content_type) &&
        !answer_find_header(x, "Content-Encoding") && status != 206) {
        answer_add_header(x, "Vary", STR("Accept-Encoding"));
        if (accepts_gzip(header_get(x, "Accept-Encoding")) && try_gzip(x, body)) {
            answer_give(x);
            return;
        }
    }
    if (has_body(status)) {
        x->answer.bytes = arena_copy(req->arena, body.ptr, body.len);
        x->answer.len = body.len;
    }
    answer_give(x);
}

void http_respond_bytes(struct http_request *req, int status, struct str content_type, const void *static_bytes,
                        size_t len, struct str encoding)
{
    struct exchange *x = exchange_of(req);
    fill(x, status, content_type);
    if (encoding.len > 0)
        http_set_header(req, "Content-Encoding", encoding);
    if (has_body(status)) {
        x->answer.bytes = static_bytes;
        x->answer.len = len;
    }
    answer_give(x);
}

struct str answer_error_body(struct arena *a, const struct error *e)
{
    struct json *inner = json_object(a), *outer = json_object(a);
    struct str words = str_from(e->message[0] ? e->message : error_words(e->code));
    json_set_str(a, inner, "code", str_from(error_json_code(e->code)));
    json_set_str(a, inner, "message", words);
    json_set(a, outer, "error", inner);
    return json_to_str(a, outer);
}

void http_respond_error(struct http_request *req, const struct error *e)
{
    http_respond(req, error_http_status(e->code), STR("application/json"), answer_error_body(req->arena, e));
}

void http_redirect(struct http_request *req, int status, struct str location)
{
    assert(status >= 300 && status <= 399);
    http_set_header(req, "Location", location);
    http_respond(req, status, STR_EMPTY, STR_EMPTY);
}

enum MHD_Result answer_queue(struct exchange *x)
{
    struct answer *answer = &x->answer;
    /* Not written to: MHD_RESPMEM_PERSISTENT. The arena, or the program, outlives the answer. */
    void *bytes = (void *)(uintptr_t)answer->bytes;
    struct MHD_Response *response = MHD_create_response_from_buffer(answer->len, bytes, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    for (const struct header *h = answer->headers; h; h = h->next)
        MHD_add_response_header(response, h->name, h->value);
    if (x->conn->loop->mode != LOOP_RUN)
        MHD_add_response_header(response, "Connection", "close");
    if (answer->status >= 500)
        atomic_fetch_add(&x->req.server->responses_5xx, 1);
    enum MHD_Result queued = MHD_queue_response(x->mhd, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}
