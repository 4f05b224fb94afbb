/* SPDX-License-Identifier: Apache-2.0 */
/* A mail server of one thread that speaks with one client at a time: enough for who tries the program out. */
#include "sim/sim_mailbox.h"

#include <arpa/inet.h>
#include <gmime/gmime.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/unicode.h"
#include "net/http.h"

#define LINE_MAX_BYTES 4096
#define LETTER_MAX     ((size_t)1 << 20)
#define WAIT_MS        200
#define TIMEOUT_S      5

struct sim_letter {
    struct arena *arena;
    struct str to, raw;
    int64_t at;
};

struct sim_mailbox {
    int fd;
    unsigned port;
    pthread_t thread;
    bool runs;
    pthread_mutex_t lock;
    bool closing;
    struct sim_letter letters[SIM_LETTERS_MAX]; /* the newest first */
    size_t count;
};

/* ---- SMTP ---- */

struct talk {
    int fd;
    char bytes[LINE_MAX_BYTES];
    size_t have;
};

static bool say(const struct talk *t, const char *line)
{
    size_t len = strlen(line);
    return send(t->fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* The next line without its end; false when the client has gone, or says too much at once. */
static bool hear(struct talk *t, char *line, size_t *len)
{
    for (;;) {
        char *end = memchr(t->bytes, '\n', t->have);
        if (end) {
            *len = (size_t)(end - t->bytes);
            memcpy(line, t->bytes, *len);
            t->have -= *len + 1;
            memmove(t->bytes, end + 1, t->have);
            *len -= *len > 0 && line[*len - 1] == '\r';
            return true;
        }
        if (t->have == sizeof t->bytes)
            return false;
        ssize_t n = recv(t->fd, t->bytes + t->have, sizeof t->bytes - t->have, 0);
        if (n <= 0)
            return false;
        t->have += (size_t)n;
    }
}

static void keep(struct sim_mailbox *box, const struct sim_letter *letter)
{
    pthread_mutex_lock(&box->lock);
    if (box->count == SIM_LETTERS_MAX)
        arena_free(box->letters[--box->count].arena);
    memmove(box->letters + 1, box->letters, box->count * sizeof *box->letters);
    box->letters[0] = *letter;
    box->count++;
    pthread_mutex_unlock(&box->lock);
}

/* What follows DATA, up to the line with a dot alone. */
static bool hear_letter(struct talk *t, struct buf *raw)
{
    char line[LINE_MAX_BYTES];
    size_t len;
    while (hear(t, line, &len)) {
        if (len == 1 && line[0] == '.')
            return true;
        size_t from = len > 0 && line[0] == '.';
        if (raw->len + len > LETTER_MAX)
            return false;
        buf_str(raw, (struct str){line + from, len - from});
        buf_cstr(raw, "\r\n");
    }
    return false;
}

static struct str between(struct str line)
{
    ptrdiff_t from = str_find_char(line, '<'), until = str_find_char(line, '>');
    return from >= 0 && until > from ? str_slice(line, (size_t)from + 1, (size_t)until) : STR_EMPTY;
}

static void take_letter(struct sim_mailbox *box, struct talk *t, struct str to)
{
    struct arena *a = arena_new();
    struct buf raw;
    buf_init(&raw, a, 8192);
    if (!say(t, "354 go on\r\n") || !hear_letter(t, &raw)) {
        arena_free(a);
        return;
    }
    keep(box, &(struct sim_letter){a, str_dup(a, to), buf_view(&raw), clock_now()});
    (void)!say(t, "250 2.0.0 kept\r\n");
}

static void serve(struct sim_mailbox *box, int fd)
{
    struct talk t = {.fd = fd};
    char line[LINE_MAX_BYTES], to[256] = "";
    size_t len;
    struct timeval limit = {.tv_sec = TIMEOUT_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (!say(&t, "220 demo\r\n"))
        return;
    while (hear(&t, line, &len)) {
        struct str words = {line, len}, verb = str_slice(words, 0, len < 4 ? len : 4);
        if (str_eq_nocase(verb, STR("QUIT")))
            break;
        if (str_eq_nocase(verb, STR("RCPT"))) {
            struct str who = str_slice(between(words), 0, sizeof to - 1);
            memcpy(to, who.ptr ? who.ptr : "", who.len);
            to[who.len] = 0;
        }
        if (str_eq_nocase(verb, STR("DATA")))
            take_letter(box, &t, str_from(to));
        else if (!say(&t, "250 demo\r\n"))
            return;
    }
    (void)!say(&t, "221 bye\r\n");
}

static bool closes(struct sim_mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    bool closing = box->closing;
    pthread_mutex_unlock(&box->lock);
    return closing;
}

static void *run(void *ctx)
{
    struct sim_mailbox *box = ctx;
    while (!closes(box)) {
        struct pollfd waits = {.fd = box->fd, .events = POLLIN};
        if (poll(&waits, 1, WAIT_MS) <= 0)
            continue;
        int fd = accept4(box->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve(box, fd);
        close(fd);
    }
    return NULL;
}

static bool listens(struct sim_mailbox *box)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    box->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (box->fd < 0 || bind(box->fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(box->fd, 16) != 0 ||
        getsockname(box->fd, (struct sockaddr *)&at, &len) != 0)
        return false;
    box->port = ntohs(at.sin_port);
    return true;
}

struct sim_mailbox *sim_mailbox_open(struct error *e)
{
    struct sim_mailbox *box = calloc(1, sizeof *box);
    if (!box)
        abort();
    pthread_mutex_init(&box->lock, NULL);
    g_mime_init();
    box->runs = listens(box) && pthread_create(&box->thread, NULL, run, box) == 0;
    if (box->runs)
        return box;
    sim_mailbox_close(box);
    return fail_null(e, ERR_INTERNAL, "The mailbox of the demo cannot be opened.");
}

struct str sim_mailbox_url(const struct sim_mailbox *box, struct arena *a)
{
    return str_format(a, "smtp://127.0.0.1:%u?tls=none", box->port);
}

void sim_mailbox_close(struct sim_mailbox *box)
{
    if (!box)
        return;
    pthread_mutex_lock(&box->lock);
    box->closing = true;
    pthread_mutex_unlock(&box->lock);
    if (box->runs)
        pthread_join(box->thread, NULL);
    if (box->fd >= 0)
        close(box->fd);
    for (size_t i = 0; i < box->count; i++)
        arena_free(box->letters[i].arena);
    pthread_mutex_destroy(&box->lock);
    free(box);
}

/* ---- the page ---- */

struct shown {
    struct str subject, text;
};

static void find_text(GMimeObject *parent, GMimeObject *part, gpointer ctx)
{
    GMimeTextPart **found = ctx;
    (void)parent;
    if (!*found && GMIME_IS_TEXT_PART(part))
        *found = GMIME_TEXT_PART(part);
}

static struct shown read_letter(struct arena *a, struct str raw)
{
    struct shown out = {STR_EMPTY, STR_EMPTY};
    GMimeTextPart *text = NULL;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw.ptr, raw.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        out.subject = text_clean(a, str_dup(a, str_from(g_mime_message_get_subject(message))));
        g_mime_message_foreach(message, find_text, &text);
        char *words = text ? g_mime_text_part_get_text(text) : NULL;
        out.text = text_clean(a, str_dup(a, str_from(words)));
        g_free(words);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return out;
}

/* A line that is an address is a link. */
static void write_words(struct buf *out, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        bool link = str_starts(line, STR("http://127.0.0.1:")) || str_starts(line, STR("http://localhost:"));
        buf_cstr(out, link ? "<a rel=\"noreferrer\" href=\"" : "");
        if (link) {
            buf_html(out, line);
            buf_cstr(out, "\">");
        }
        buf_html(out, line);
        buf_cstr(out, link ? "</a><br>\n" : "<br>\n");
    }
}

static void write_letter(struct buf *out, struct arena *a, const struct sim_letter *letter)
{
    struct shown shown = read_letter(a, letter->raw);
    buf_cstr(out, "<article><h2>");
    buf_html(out, shown.subject);
    buf_cstr(out, "</h2><p><b>");
    buf_html(out, letter->to);
    buf_cstr(out, "</b></p><p>");
    write_words(out, shown.text);
    buf_cstr(out, "</p></article>\n");
}

static const struct {
    const char *lang, *title, *words, *none, *back;
} said[] = {
    {"it", "La posta", "Le lettere che il sito ha mandato. Nessuna esce da questo computer.",
     "Ancora niente. Chiedi un codice nella pagina «Entra senza password».", "Il telefono"},
    {"en", "The mail", "Letters that the site has sent. None of them leaves this computer.",
     "Nothing yet. Ask for a code on the page “Sign in without a password”.", "The phone"},
};

static void write_page(struct sim_mailbox *box, struct buf *out, struct arena *a, size_t lang)
{
    buf_format(out,
               "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width, initial-scale=1\"><title>%s</title>"
               "<link rel=\"stylesheet\" href=\"/play/ascolto.css\">"
               "<link rel=\"stylesheet\" href=\"/play/play.css\"></head>"
               "<body><main class=\"mailbox\"><p><a href=\"/play\">%s</a></p><h1>%s</h1><p>%s</p>\n",
               said[lang].lang, said[lang].title, said[lang].back, said[lang].title, said[lang].words);
    pthread_mutex_lock(&box->lock);
    for (size_t i = 0; i < box->count; i++)
        write_letter(out, a, &box->letters[i]);
    if (box->count == 0)
        buf_format(out, "<p>%s</p>", said[lang].none);
    pthread_mutex_unlock(&box->lock);
    buf_cstr(out, "</main></body></html>\n");
}

bool sim_mailbox_request(struct sim_mailbox *box, struct http_request *req)
{
    struct buf out;
    if (!str_eq(req->path, STR("/play/mail")))
        return false;
    buf_init(&out, req->arena, 8192);
    struct str asked = http_query(req, "lang"), accepted = http_header(req, "accept-language");
    bool italian = asked.len ? str_eq(asked, STR("it")) : str_starts(accepted, STR("it"));
    write_page(box, &out, req->arena, italian ? 0 : 1);
    http_set_header(req, "Content-Security-Policy",
                    STR("default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
                        "frame-ancestors 'none'"));
    http_set_header(req, "X-Content-Type-Options", STR("nosniff"));
    http_set_header(req, "Referrer-Policy", STR("no-referrer"));
    http_set_header(req, "Cache-Control", STR("no-store"));
    http_respond(req, 200, STR("text/html; charset=utf-8"), buf_view(&out));
    return true;
}
