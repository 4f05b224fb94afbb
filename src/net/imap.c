/* SPDX-License-Identifier: Apache-2.0 */
/* The little IMAP (RFC 3501) that is needed to read a mailbox without changing it: EXAMINE, SEARCH and FETCH with
 * PEEK, and STORE to mark what was taken in. Literals are read by their length; lines, lists and messages have
 * bounds, whatever a server says. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/unicode.h"
#include "net/mail_internal.h"

#define REPLY_LINE_MAX ((size_t)4 << 20) /* the answer of SEARCH is one line */
#define PART_MAX       ((size_t)64 << 10)
#define LINES_MAX      100000 /* in one answer */
#define MOST_MAX       1000
#define MESSAGE_MAX    ((size_t)36 << 20)
#define REPLY_MAX      ((size_t)40 << 20)
#define UIDS_MAX       1000000
#define PIECE          16384

struct talk {
    struct arena *arena;
    const struct imap_wire *wire;
    struct http_reply *reply;
    char *in; /* what came and was not read yet */
    size_t from, len;
    struct buf line;
    int tag;
    bool broken;
    uint64_t validity, next;
};

static bool broken(struct talk *t, const char *words)
{
    if (!t->broken)
        (void)snprintf(t->reply->problem, sizeof t->reply->problem, "%s", words);
    t->broken = true;
    return false;
}

static bool more_in(struct talk *t)
{
    ptrdiff_t n = t->wire->recv(t->wire->ctx, t->in, PIECE);
    t->from = 0;
    t->len = n > 0 ? (size_t)n : 0;
    return n > 0 || broken(t, "The connection ended before an answer came");
}

/* One line without its end, in t->line. */
static bool line_in(struct talk *t)
{
    t->line.len = 0;
    for (;;) {
        if (t->from == t->len && !more_in(t))
            return false;
        const char *at = t->in + t->from, *end = memchr(at, '\n', t->len - t->from);
        size_t n = end ? (size_t)(end - at) : t->len - t->from;
        if (t->line.len + n > REPLY_LINE_MAX)
            return broken(t, "The mail server sent a line without an end");
        buf_add(&t->line, at, n);
        t->from += n + (end != NULL);
        if (end)
            break;
    }
    if (t->line.len && t->line.ptr[t->line.len - 1] == '\r')
        t->line.len--;
    return true;
}

/* n bytes to out; NULL: passed over. */
static bool bytes_in(struct talk *t, size_t n, struct buf *out)
{
    while (n) {
        if (t->from == t->len && !more_in(t))
            return false;
        size_t here = t->len - t->from < n ? t->len - t->from : n;
        if (out)
            buf_add(out, t->in + t->from, here);
        t->from += here;
        n -= here;
    }
    return true;
}

/* The number of a literal that ends this line, {123}; -1: none. */
static int64_t literal_of(struct str line)
{
    int64_t n;
    ptrdiff_t open = -1;
    if (!line.len || line.ptr[line.len - 1] != '}')
        return -1;
    for (size_t i = line.len - 1; i-- > 0 && open < 0 && line.len - i < 16;)
        if (line.ptr[i] == '{')
            open = (ptrdiff_t)i;
    if (open < 0 || !str_int64(str_slice(line, (size_t)open + 1, line.len - 1), &n) || n < 0)
        return -1;
    return n;
}

/* One answer: words without literals (each leaves "{n}"), and the first literal, of at most `most` bytes. */
struct answer {
    struct str words;
    struct str literal;
    bool has_literal, too_large;
};

static bool answer_in(struct talk *t, size_t most, struct answer *out)
{
    struct buf words;
    *out = (struct answer){0};
    if (!line_in(t))
        return false;
    struct str line = {t->line.ptr, t->line.len};
    int64_t n = literal_of(line);
    if (n < 0) {
        out->words = str_dup(t->arena, line);
        return true;
    }
    buf_init(&words, t->arena, line.len + 64);
    while (n >= 0) {
        struct buf literal;
        bool kept = !out->has_literal && (uint64_t)n <= most;
        buf_str(&words, line);
        if (words.len > PART_MAX || (uint64_t)n > MESSAGE_MAX * 4)
            return broken(t, "The mail server sent more than was asked for");
        buf_init(&literal, t->arena, kept ? (size_t)n + 1 : 1);
        if (!bytes_in(t, (size_t)n, kept ? &literal : NULL))
            return false;
        out->too_large |= !kept && !out->has_literal;
        out->has_literal = true;
        if (kept)
            out->literal = buf_view(&literal);
        if (!line_in(t))
            return false;
        line = (struct str){t->line.ptr, t->line.len};
        n = literal_of(line);
    }
    buf_str(&words, line);
    out->words = buf_view(&words);
    return true;
}

/* ---- words of an answer ---- */

static bool number_after(struct str words, struct str name, uint64_t *out)
{
    for (size_t i = 0; i + name.len < words.len; i++) {
        if (!str_eq_nocase(str_slice(words, i, i + name.len), name))
            continue;
        if (i > 0 && str_find_char(STR(" (["), words.ptr[i - 1]) < 0)
            continue;
        size_t from = i + name.len, to = from;
        while (to < words.len && words.ptr[to] >= '0' && words.ptr[to] <= '9')
            to++;
        int64_t n;
        if (str_int64(str_slice(words, from, to), &n)) {
            *out = (uint64_t)n;
            return true;
        }
    }
    return false;
}

static bool has_word(struct str words, const char *word)
{
    struct str w = str_from(word);
    for (size_t i = 0; i + w.len <= words.len; i++)
        if (str_eq_nocase(str_slice(words, i, i + w.len), w))
            return true;
    return false;
}

/* ---- commands ---- */

enum ended { ENDED_OK, ENDED_NO, ENDED_BAD, ENDED_BROKEN };

struct command {
    struct talk *talk;
    char tag[16];
    struct str words; /* of its end */
    int lines;
};

static bool command_send(struct talk *t, struct command *c, struct str words)
{
    *c = (struct command){.talk = t};
    (void)snprintf(c->tag, sizeof c->tag, "Z%d ", ++t->tag);
    struct str line = str_format(t->arena, "%s%.*s\r\n", c->tag, STR_ARGS(words));
    return t->wire->send(t->wire->ctx, line) || broken(t, "The connection ended before an answer came");
}

/* The next answer before the end; false at the end: *end says how. */
static bool command_next(struct command *c, size_t most, struct answer *answer, enum ended *end)
{
    struct talk *t = c->talk;
    *end = ENDED_BROKEN;
    if (++c->lines > LINES_MAX)
        return broken(t, "The mail server sent more than was asked for");
    if (!answer_in(t, most, answer))
        return false;
    if (str_starts(answer->words, STR("* BYE")))
        return broken(t, "The mail server ended the connection");
    if (!str_starts(answer->words, str_from(c->tag)))
        return true;
    c->words = str_slice(answer->words, strlen(c->tag), answer->words.len);
    struct str word = str_slice(c->words, 0, 2);
    *end = str_eq_nocase(word, STR("OK")) ? ENDED_OK : str_eq_nocase(word, STR("NO")) ? ENDED_NO : ENDED_BAD;
    return false;
}

static bool is_later(const struct command *c)
{
    return has_word(c->words, "[UNAVAILABLE]") || has_word(c->words, "[INUSE]") || has_word(c->words, "[LIMIT]") ||
           has_word(c->words, "[SERVERBUG]");
}

static void refused(struct talk *t, const struct command *c, enum ended end, int status)
{
    if (end == ENDED_BROKEN)
        return;
    t->reply->status = is_later(c) ? 503 : end == ENDED_BAD ? 400 : status;
    t->reply->body = str_dup(t->arena, c->words);
}

/* A folder's name as IMAP writes it (RFC 3501, 5.1.3). Plain letters are left as they are: they may be written so
 * already. */
static struct str folder_name(struct arena *a, struct str folder)
{
    struct buf out;
    bool plain = true;
    for (size_t i = 0; i < folder.len; i++)
        plain &= (unsigned char)folder.ptr[i] < 0x80;
    if (plain || !utf8_valid(folder))
        return folder;
    buf_init(&out, a, folder.len * 3);
    for (size_t i = 0; i < folder.len;) {
        struct buf wide;
        buf_init(&wide, a, 64);
        while (i < folder.len && (unsigned char)folder.ptr[i] >= 0x80) {
            uint32_t c = utf8_next(folder, &i), high = 0xd800 + ((c - 0x10000) >> 10);
            if (c >= 0x10000) {
                buf_char(&wide, (char)(high >> 8));
                buf_char(&wide, (char)(high & 0xff));
                c = 0xdc00 + ((c - 0x10000) & 0x3ff);
            }
            buf_char(&wide, (char)(c >> 8));
            buf_char(&wide, (char)(c & 0xff));
        }
        struct str code = wide.len ? base64_encode(a, wide.ptr, wide.len) : STR_EMPTY;
        if (code.len)
            buf_char(&out, '&');
        for (size_t k = 0; k < code.len && code.ptr[k] != '='; k++)
            buf_char(&out, code.ptr[k] == '/' ? ',' : code.ptr[k]);
        if (code.len)
            buf_char(&out, '-');
        else
            buf_char(&out, folder.ptr[i]);
        if (!code.len && folder.ptr[i++] == '&')
            buf_char(&out, '-');
    }
    return buf_view(&out);
}

static bool folder_open(struct talk *t, const char *how, struct str folder)
{
    struct command c;
    struct answer answer;
    enum ended end;
    struct buf name;
    folder = folder_name(t->arena, folder);
    buf_init(&name, t->arena, folder.len + 16);
    buf_format(&name, "%s \"", how);
    for (size_t i = 0; i < folder.len; i++) {
        if (folder.ptr[i] == '"' || folder.ptr[i] == '\\')
            buf_char(&name, '\\');
        buf_char(&name, folder.ptr[i]);
    }
    buf_char(&name, '"');
    if (!command_send(t, &c, buf_view(&name)))
        return false;
    while (command_next(&c, PART_MAX, &answer, &end)) {
        (void)number_after(answer.words, STR("UIDVALIDITY "), &t->validity);
        (void)number_after(answer.words, STR("UIDNEXT "), &t->next);
    }
    if (end != ENDED_OK)
        refused(t, &c, end, 404);
    return end == ENDED_OK;
}

/* ---- which ---- */

struct uids {
    uint32_t *items;
    size_t count, cap;
};

static void uid_add(struct arena *a, struct uids *u, uint64_t uid)
{
    if (u->count == u->cap) {
        size_t cap = u->cap ? u->cap * 2 : 64;
        uint32_t *items = ARENA_ARRAY(a, uint32_t, cap);
        if (u->count)
            memcpy(items, u->items, u->count * sizeof *items);
        u->items = items;
        u->cap = cap;
    }
    u->items[u->count++] = (uint32_t)uid;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void uids_read(struct talk *t, struct str words, uint64_t after, struct uids *out)
{
    struct str part;
    int64_t n;
    words = str_slice(words, strlen("* SEARCH"), words.len);
    while (str_split(&words, ' ', &part))
        if (str_int64(part, &n) && n > 0 && (uint64_t)n > after && n <= UINT32_MAX && out->count < UIDS_MAX)
            uid_add(t->arena, out, (uint64_t)n);
}

/* Those after a number, lowest first; "n:*" names the last one even where it is before n. */
static bool search(struct talk *t, uint64_t after, struct str since, struct uids *out)
{
    struct command c;
    struct answer answer;
    enum ended end;
    struct str words =
        since.len ? str_format(t->arena, "UID SEARCH UID %" PRIu64 ":* SINCE %.*s", after + 1, STR_ARGS(since))
                  : str_format(t->arena, "UID SEARCH UID %" PRIu64 ":*", after + 1);
    *out = (struct uids){0};
    if (!command_send(t, &c, words))
        return false;
    while (command_next(&c, PART_MAX, &answer, &end))
        if (str_starts(answer.words, STR("* SEARCH")))
            uids_read(t, answer.words, after, out);
    if (end != ENDED_OK) {
        refused(t, &c, end, 403);
        return false;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (kept == 0 || out->items[kept - 1] != out->items[i])
            out->items[kept++] = out->items[i];
    out->count = kept;
    return true;
}

/* ---- messages ---- */

struct one {
    uint64_t uid, size;
    bool there, seen, header_only;
    bool given;   /* it was told of: what is asked of it now concerns it alone */
    bool refused; /* … and the server does not give it */
    struct str bytes;
};

static bool one_fetch(struct talk *t, struct one *m, const char *what, size_t most)
{
    struct command c;
    struct answer answer;
    enum ended end;
    if (!command_send(t, &c, str_format(t->arena, "UID FETCH %" PRIu64 " %s", m->uid, what)))
        return false;
    while (command_next(&c, most, &answer, &end)) {
        uint64_t uid = 0;
        if (!has_word(answer.words, " FETCH (") || !number_after(answer.words, STR("UID "), &uid) || uid != m->uid)
            continue;
        m->there = true;
        (void)number_after(answer.words, STR("RFC822.SIZE "), &m->size);
        m->seen |= has_word(answer.words, "\\Seen");
        if (answer.has_literal && !answer.too_large)
            m->bytes = answer.literal;
    }
    m->refused = end == ENDED_NO && !is_later(&c);
    if (end != ENDED_OK && !(m->refused && m->given))
        refused(t, &c, end, 403);
    return end == ENDED_OK || (m->refused && m->given);
}

struct order {
    uint64_t after, validity, most;
    size_t size_max, reply_max;
    struct str since, uids;
};

static uint64_t number_of(const struct http_call *call, const char *name, uint64_t otherwise)
{
    int64_t n;
    return str_int64(pairs_get(&call->headers, str_from(name)), &n) && n >= 0 ? (uint64_t)n : otherwise;
}

static struct order order_of(const struct http_call *call)
{
    struct order o = {.after = number_of(call, "after", 0),
                      .validity = number_of(call, "validity", 0),
                      .most = number_of(call, "most", 0),
                      .size_max = number_of(call, "size-max", MESSAGE_MAX),
                      .reply_max = call->reply_max ? call->reply_max : REPLY_MAX,
                      .since = pairs_get(&call->headers, STR("since")),
                      .uids = pairs_get(&call->headers, STR("uids"))};
    o.most = o.most < MOST_MAX ? o.most : MOST_MAX;
    o.size_max = o.size_max < MESSAGE_MAX ? o.size_max : MESSAGE_MAX;
    return o;
}

static void frame_add(struct buf *out, const struct one *m)
{
    buf_format(out, "%" PRIu64 " %zu %s%s%s\n", m->uid, m->bytes.len, m->seen ? "S" : "", m->header_only ? "H" : "",
               m->seen || m->header_only ? "" : "-");
    buf_str(out, m->bytes);
}

static void reply_header(struct talk *t, const char *name, uint64_t value)
{
    struct pairs *h = &t->reply->headers;
    if (!h->items)
        h->items = ARENA_ARRAY(t->arena, struct pair, 8);
    h->items[h->count++] = (struct pair){str_from(name), str_format(t->arena, "%" PRIu64, value)};
}

/* Its bytes, or its head where the server has only that. One that it cannot give at all (a file of its own that is
 * damaged) must not stand before all others for ever: it is told of without bytes. */
static bool bytes_fetch(struct talk *t, const struct order *o, struct one *m)
{
    size_t most = m->header_only ? PART_MAX * 4 : o->size_max + (o->size_max >> 2);
    m->given = true;
    m->there = false;
    if (!one_fetch(t, m, m->header_only ? "(UID BODY.PEEK[HEADER])" : "(UID BODY.PEEK[])", most))
        return false;
    if (!m->refused || m->header_only)
        return true;
    m->header_only = true;
    return one_fetch(t, m, "(UID BODY.PEEK[HEADER])", PART_MAX * 4);
}

/* False when it must end here; *full: what follows is for the next time. */
static bool frame_fetch(struct talk *t, const struct order *o, uint64_t uid, struct buf *out, bool *full)
{
    struct one m = {.uid = uid};
    if (!one_fetch(t, &m, "(UID RFC822.SIZE FLAGS)", PART_MAX))
        return false;
    if (!m.there) /* gone meanwhile */
        return true;
    m.header_only = m.size > o->size_max;
    uint64_t wanted = m.header_only ? PART_MAX * 4 : m.size;
    if (out->len && out->len + wanted > o->reply_max) {
        *full = true;
        return true;
    }
    if (!bytes_fetch(t, o, &m))
        return false;
    if (m.there || m.refused)
        frame_add(out, &m);
    return true;
}

static void fetch(struct talk *t, const struct order *o)
{
    struct uids uids = {0};
    struct buf out;
    bool known = o->validity && o->validity == t->validity, full = false;
    uint64_t after = known ? o->after : 0, last = after;
    size_t i = 0;
    buf_init(&out, t->arena, 4096);
    if (o->most) {
        if (!search(t, after, known ? STR_EMPTY : o->since, &uids))
            return;
        for (; i < uids.count && i < o->most; i++) {
            if (!frame_fetch(t, o, uids.items[i], &out, &full))
                return;
            if (full)
                break;
            last = uids.items[i];
        }
        if (i == uids.count && t->next > last + 1)
            last = t->next - 1; /* what is before it is too old, or gone */
    }
    t->reply->status = 200;
    t->reply->body = buf_view(&out);
    reply_header(t, "uidvalidity", t->validity);
    reply_header(t, "uidnext", t->next);
    reply_header(t, "last", last);
    reply_header(t, "more", i < uids.count);
}

static void mark_seen(struct talk *t, const struct order *o)
{
    struct command c;
    struct answer answer;
    enum ended end;
    for (size_t i = 0; i < o->uids.len; i++)
        if (str_find_char(STR("0123456789,"), o->uids.ptr[i]) < 0)
            return;
    t->reply->status = 200;
    if (!o->uids.len || o->validity != t->validity) /* they are numbers of other messages now */
        return;
    t->reply->status = 0;
    if (!command_send(t, &c, str_format(t->arena, "UID STORE %.*s +FLAGS.SILENT (\\Seen)", STR_ARGS(o->uids))))
        return;
    while (command_next(&c, PART_MAX, &answer, &end))
        continue;
    if (end == ENDED_OK)
        t->reply->status = 200;
    else
        refused(t, &c, end, 403);
}

void imap_talk(struct arena *a, const struct imap_wire *wire, const struct http_call *call, struct str folder,
               struct http_reply *reply)
{
    struct talk t = {.arena = a, .wire = wire, .reply = reply, .in = arena_alloc(a, PIECE)};
    struct order o = order_of(call);
    bool marks = strcmp(call->method, "SEEN") == 0;
    *reply = (struct http_reply){0};
    buf_init(&t.line, a, 1024);
    if (!mail_headers_clean(&call->headers)) {
        (void)broken(&t, "An address or a password holds a control character");
        return;
    }
    if (!folder_open(&t, marks ? "SELECT" : "EXAMINE", folder.len ? folder : STR("INBOX")))
        return;
    if (marks)
        mark_seen(&t, &o);
    else
        fetch(&t, &o);
    if (!t.broken)
        (void)wire->send(wire->ctx, STR("Z0 LOGOUT\r\n"));
}
