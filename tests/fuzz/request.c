/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes what is read of a request after its framing: the target, the cookies, the query, Accept-Encoding.
 * The input's lines are, in this order, the target, the Cookie header and Accept-Encoding. */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/unicode.h"
#include "net/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(struct str path)
{
    assert(path.len > 0 && path.ptr[0] == '/' && utf8_valid(path));
    for (size_t i = 0; i < path.len; i++)
        assert((unsigned char)path.ptr[i] >= ' ' && path.ptr[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct str rest = str_dup(a, (struct str){(const char *)data, size});
    struct str target = STR_EMPTY, cookie = STR_EMPTY, accept = STR_EMPTY;
    (void)(str_split(&rest, '\n', &target) && str_split(&rest, '\n', &cookie) && str_split(&rest, '\n', &accept));
    struct pair headers[] = {{STR("Cookie"), cookie}, {STR("cookie"), accept}};
    struct exchange *x = ARENA_NEW(a, struct exchange);
    x->req.arena = a;
    x->headers = (struct pairs){headers, COUNT_OF(headers)};
    (void)http_cookie(&x->req, "session");
    (void)accepts_gzip(accept);
    if (target_split(a, target, &x->req.path, &x->req.query)) {
        check_path(x->req.path);
        assert(utf8_valid(http_query(&x->req, "q")));
    }
    arena_free(a);
    return 0;
}
