/* SPDX-License-Identifier: Apache-2.0 */
/* What came with a request: headers, cookies, the query and the fields of a form. Everything is copied out of
 * libmicrohttpd at the beginning, so that any thread may read it while it has the request. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "net/http_internal.h"

#define BODY_IN_ARENA   16384 /* bytes; larger bodies grow on the heap as they come */
#define HEAP_BODY_FIRST 65536
#define PAIR_BYTES      64        /* that libmicrohttpd spends on a header or cookie, beside its text */
#define ANSWER_HEAD     (4 << 10) /* bytes left in a connection's pool for the head of the answer */

static enum http_method method_of(struct str name)
{
    static const struct {
        const char *name;
        enum http_method method;
    } known[] = {{"GET", HTTP_GET},     {"HEAD", HTTP_HEAD},     {"POST", HTTP_POST},      {"PUT", HTTP_PUT},
                 {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(name, str_from(known[i].name)))
            return known[i].method;
    return HTTP_OTHER;
}

static enum MHD_Result count_header(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                    const char *value, size_t value_len)
{
    size_t *bytes = ctx;
    (void)kind, (void)name, (void)value;
    *bytes += name_len + value_len + 2;
    return MHD_YES;
}

struct header_copy {
    struct pairs *out;
    char *next;
};

static struct str copy_part(struct header_copy *copy, const char *from, size_t len)
{
    struct str part = {copy->next, len};
    if (len > 0)
        memcpy(copy->next, from, len);
    copy->next[len] = '\0';
    copy->next += len + 1;
    return part;
}

static enum MHD_Result copy_header(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                   const char *value, size_t value_len)
{
    struct header_copy *copy = ctx;
    struct pair *pair = &copy->out->items[copy->out->count++];
    (void)kind;
    pair->name = copy_part(copy, name, name_len);
    pair->value = copy_part(copy, value, value_len);
    return MHD_YES;
}

static void copy_headers(struct exchange *x)
{
    struct arena *a = x->req.arena;
    size_t bytes = 0;
    int count = MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, count_header, &bytes);
    if (count <= 0)
        return;
    x->headers.items = ARENA_ARRAY(a, struct pair, (size_t)count);
    struct header_copy copy = {&x->headers, arena_alloc(a, bytes)};
    MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, copy_header, &copy);
}

struct str header_get(const struct exchange *x, const char *name)
{
    struct str wanted = str_from(name);
    for (size_t i = 0; i < x->headers.count; i++)
        if (str_eq_nocase(x->headers.items[i].name, wanted))
            return x->headers.items[i].value;
    return STR_EMPTY;
}

static size_t cookie_bytes(struct str cookies)
{
    size_t bytes = cookies.len + 1 + PAIR_BYTES; /* read from a copy */
    for (size_t i = 0; i < cookies.len; i++)
        bytes += cookies.ptr[i] == ';' || cookies.ptr[i] == ',' ? PAIR_BYTES : 0;
    return bytes;
}

int request_head_status(const struct exchange *x)
{
    size_t pool = x->req.server->config.header_max, spare = pool / 4 < ANSWER_HEAD ? pool / 4 : ANSWER_HEAD;
    size_t target = strlen(x->target), bytes = target;
    for (size_t i = 0; i < x->headers.count; i++) {
        const struct pair *h = &x->headers.items[i];
        bytes += PAIR_BYTES + h->name.len + h->value.len + 4;
        if (str_eq_nocase(h->name, STR("Cookie")))
            bytes += cookie_bytes(h->value);
    }
    if (bytes <= pool - spare)
        return 0;
    return target > bytes / 2 ? 414 : 431;
}

/* Anything about the body's length that two servers could read in two ways is refused (request smuggling). */
static bool read_framing(struct exchange *x)
{
    size_t said = 0;
    bool clear = true;
    x->stated = -1;
    for (size_t i = 0; i < x->headers.count; i++) {
        const struct pair *h = &x->headers.items[i];
        if (str_eq_nocase(h->name, STR("Transfer-Encoding"))) {
            said++;
            clear &= str_eq_nocase(str_trim(h->value), STR("chunked"));
        } else if (str_eq_nocase(h->name, STR("Content-Length"))) {
            said++;
            clear &= h->value.len > 0 && h->value.ptr[0] >= '0' && h->value.ptr[0] <= '9' &&
                     str_int64(h->value, &x->stated);
        }
    }
    return clear && said <= 1;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Strict: a bad escape, a control character or text that is not UTF-8 is no path. */
static bool path_decode(struct arena *a, struct str raw, struct str *out)
{
    char *path = arena_alloc(a, raw.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            int high = i + 2 < raw.len ? hex_value(raw.ptr[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex_value(raw.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < ' ' || c == 0x7f)
            return false;
        path[n++] = c;
    }
    path[n] = '\0';
    *out = (struct str){path, n};
    return utf8_valid(*out);
}

bool target_split(struct arena *a, struct str target, struct str *path, struct str *query)
{
    static const struct str schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        if (!str_eq_nocase(str_slice(target, 0, schemes[i].len), schemes[i]))
            continue;
        target = str_slice(target, schemes[i].len, target.len); /* the absolute form of proxies */
        size_t authority = 0;
        while (authority < target.len && target.ptr[authority] != '/' && target.ptr[authority] != '?')
            authority++;
        target = str_slice(target, authority, target.len);
        if (target.len == 0)
            target = STR("/");
        break;
    }
    ptrdiff_t mark = str_find_char(target, '?');
    size_t end = mark < 0 ? target.len : (size_t)mark;
    *query = str_slice(target, end + 1, target.len);
    return end > 0 && target.ptr[0] == '/' && path_decode(a, str_slice(target, 0, end), path);
}

static bool is_token(struct str s)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i], letter = c | 0x20;
        if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && !strchr(others, c))
            return false;
    }
    return s.len > 0;
}

/* libmicrohttpd looks for a Host itself where it is strict, and then says so in two answers at once. */
static bool lacks_host(const struct exchange *x)
{
    for (size_t i = 0; i < x->headers.count; i++)
        if (str_eq_nocase(x->headers.items[i].name, STR("Host")))
            return false;
    return !x->old_http;
}

bool request_read(struct exchange *x, const char *method, const char *version, struct error *e)
{
    struct http_request *req = &x->req;
    copy_headers(x);
    x->old_http = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
    req->method_name = str_dup(req->arena, str_from(method));
    req->method = method_of(req->method_name);
    req->client = proxy_client(x);
    if (!is_token(req->method_name) || strchr(x->target, ' '))
        return fail(e, ERR_MALFORMED, "The request line is malformed.");
    if (lacks_host(x))
        return fail(e, ERR_MALFORMED, "The request has no Host.");
    if (!read_framing(x))
        return fail(e, ERR_MALFORMED, "The length of the body is not clear.");
    if (!target_split(req->arena, str_from(x->target), &req->path, &req->query))
        return fail(e, ERR_MALFORMED, "The address is malformed.");
    return true;
}

static void free_body(void *ptr)
{
    struct exchange *x = ptr;
    free(x->body);
}

void body_came(struct exchange *x)
{
    if (x->body_on_heap)
        atomic_fetch_sub(&x->loop->server->bodies, x->body_cap);
}

static bool heap_body(struct exchange *x, size_t cap)
{
    atomic_size_t *bodies = &x->loop->server->bodies;
    size_t more = cap - (x->body_on_heap ? x->body_cap : 0);
    if (atomic_fetch_add(bodies, more) + more > BODIES_MAX) {
        atomic_fetch_sub(bodies, more);
        return false;
    }
    char *old = x->body;
    char *body = realloc(x->body_on_heap ? old : NULL, cap + 1);
    if (!body)
        abort();
    if (!x->body_on_heap) {
        if (x->body_len > 0)
            memcpy(body, old, x->body_len);
        x->body_on_heap = true;
        arena_defer(x->req.arena, free_body, x);
    }
    x->body = body;
    x->body_cap = cap;
    return true;
}

/* The stated length is believed only for small bodies: memory is taken as bytes come. */
static bool body_grow(struct exchange *x, size_t needed)
{
    size_t stated = x->stated < 0 ? SIZE_MAX : (size_t)x->stated;
    if (x->body_cap == 0 && needed <= BODY_IN_ARENA && (x->stated < 0 || stated <= BODY_IN_ARENA)) {
        x->body_cap = stated < BODY_IN_ARENA ? stated : BODY_IN_ARENA;
        x->body = arena_alloc(x->req.arena, x->body_cap + 1);
        return true;
    }
    size_t cap = x->body_cap * 2 > HEAP_BODY_FIRST ? x->body_cap * 2 : HEAP_BODY_FIRST;
    while (cap < needed)
        cap *= 2;
    if (cap > stated && stated >= needed)
        cap = stated;
    return heap_body(x, cap);
}

bool body_add(struct exchange *x, const char *data, size_t len, struct error *e)
{
    size_t most = x->req.server->config.body_max;
    if (len > most - x->body_len)
        return fail(e, ERR_TOO_LARGE, "At most %zu bytes are taken.", most);
    if (x->body_len + len > x->body_cap && !body_grow(x, x->body_len + len))
        return fail(e, ERR_UNAVAILABLE, "Too much is being uploaded at the moment: please try again.");
    memcpy(x->body + x->body_len, data, len);
    x->body_len += len;
    x->body[x->body_len] = '\0';
    return true;
}

struct str http_header(struct http_request *req, const char *name)
{
    return header_get(exchange_of(req), name);
}

static size_t count_cookies(const struct exchange *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->headers.count; i++) {
        struct str rest = x->headers.items[i].value, part;
        if (str_eq_nocase(x->headers.items[i].name, STR("Cookie")))
            while (str_split(&rest, ';', &part))
                n++;
    }
    return n;
}

static void add_cookie(struct pairs *cookies, struct str part)
{
    ptrdiff_t equals = str_find_char(part, '=');
    if (equals < 0)
        return;
    struct str value = str_trim(str_slice(part, (size_t)equals + 1, part.len));
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = str_slice(value, 1, value.len - 1);
    cookies->items[cookies->count++] = (struct pair){str_trim(str_slice(part, 0, (size_t)equals)), value};
}

static void read_cookies(struct exchange *x)
{
    x->cookies_read = true;
    x->cookies.items = ARENA_ARRAY(x->req.arena, struct pair, count_cookies(x));
    for (size_t i = 0; i < x->headers.count; i++) {
        struct str rest = x->headers.items[i].value, part;
        if (str_eq_nocase(x->headers.items[i].name, STR("Cookie")))
            while (str_split(&rest, ';', &part))
                add_cookie(&x->cookies, part);
    }
}

struct str http_cookie(struct http_request *req, const char *name)
{
    struct exchange *x = exchange_of(req);
    if (!x->cookies_read)
        read_cookies(x);
    return pairs_get(&x->cookies, str_from(name));
}

struct str http_query(struct http_request *req, const char *name)
{
    struct exchange *x = exchange_of(req);
    if (!x->query_read) {
        x->query_read = true;
        x->query = url_query(req->arena, req->query);
        for (size_t i = 0; i < x->query.count; i++)
            x->query.items[i].value = text_clean(req->arena, x->query.items[i].value);
    }
    return pairs_get(&x->query, str_from(name));
}

static const struct form *read_form(struct http_request *req)
{
    struct exchange *x = exchange_of(req);
    if (!x->form_read) {
        x->form_read = true;
        x->form_good = form_parse(req->arena, header_get(x, "Content-Type"), req->body, &x->form, &x->form_error);
    }
    return &x->form;
}

struct str http_form(struct http_request *req, const char *name)
{
    return pairs_get(&read_form(req)->fields, str_from(name));
}

const struct pairs *http_form_all(struct http_request *req)
{
    return &read_form(req)->fields;
}

const struct http_file *http_file(struct http_request *req, size_t n)
{
    const struct form *form = read_form(req);
    return n < form->file_count ? &form->files[n] : NULL;
}

bool http_form_ok(struct http_request *req, struct error *e)
{
    struct exchange *x = exchange_of(req);
    read_form(req);
    if (!x->form_good && e)
        *e = x->form_error;
    return x->form_good;
}
