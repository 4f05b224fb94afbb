/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of mail servers, and sending by SMTP through libcurl. A server's last reply is the answer; without one
 * the mail may have been sent only if its text was begun. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "net/mail_internal.h"

#define WORDS_MAX 2000

bool mail_is_smtp(struct str url)
{
    return str_starts(url, STR("smtp://")) || str_starts(url, STR("smtps://"));
}

bool mail_is_imap(struct str url)
{
    return str_starts(url, STR("imap://")) || str_starts(url, STR("imaps://"));
}

static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return true;
}

bool mail_headers_clean(const struct pairs *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        if (!is_clean(headers->items[i].value))
            return false;
    return true;
}

static bool is_loopback(struct str authority)
{
    if (str_starts(authority, STR("[::1]")))
        return true;
    ptrdiff_t colon = str_find_char(authority, ':');
    struct str host = colon >= 0 ? str_slice(authority, 0, (size_t)colon) : authority;
    if (str_eq(host, STR("localhost")))
        return true;
    /* 127.0.0.1, and not 127.example.net */
    for (size_t i = 0; i < host.len; i++)
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9'))
            return false;
    return str_starts(host, STR("127."));
}

static bool refuse(char problem[MAIL_PROBLEM_MAX], const char *words)
{
    (void)snprintf(problem, MAIL_PROBLEM_MAX, "%s", words);
    return false;
}

bool mail_url_read(struct arena *a, struct str url, struct mail_url *out, char problem[MAIL_PROBLEM_MAX])
{
    *out = (struct mail_url){0};
    ptrdiff_t scheme = str_find(url, STR("://"));
    if (scheme < 0 || !is_clean(url) || !(mail_is_smtp(url) || mail_is_imap(url)))
        return refuse(problem, "This is no address of a mail server");
    size_t from = (size_t)scheme + 3, end = from, query;
    while (end < url.len && str_find_char(STR("/?#"), url.ptr[end]) < 0)
        end++;
    for (query = end; query < url.len && url.ptr[query] != '?';)
        query++;
    struct str authority = str_slice(url, from, end), asked = str_slice(url, query + 1, url.len);
    if (authority.len == 0 || str_find_char(authority, '@') >= 0 || str_find_char(authority, ' ') >= 0)
        return refuse(problem, "This is no address of a mail server");
    out->server = str_cstr(a, str_concat(a, str_slice(url, 0, end), STR("/")));
    out->path = url_decode(a, str_slice(url, end + (end < query), query), false);
    if (!is_clean(out->path))
        return refuse(problem, "This is no name of a folder");
    out->bare = str_eq(asked, STR("tls=none"));
    if (asked.len && !out->bare)
        return refuse(problem, "After the question mark only tls=none is known");
    if (out->bare && !is_loopback(authority))
        return refuse(problem, "Only a server on this machine is spoken to without TLS");
    return true;
}

/* ---- SMTP ---- */

static const char *header(struct arena *a, const struct http_call *call, const char *name)
{
    struct str value = pairs_get(&call->headers, str_from(name));
    return value.len ? str_cstr(a, value) : NULL;
}

void smtp_begin(struct smtp *smtp, struct arena *a, const struct http_call *call)
{
    *smtp = (struct smtp){.whole = true};
    buf_init(&smtp->words, a, 256);
    if (!mail_url_read(a, call->url, &smtp->to, smtp->problem))
        return;
    if (!mail_headers_clean(&call->headers)) {
        (void)refuse(smtp->problem, "An address or a password holds a control character");
        return;
    }
    smtp->user = header(a, call, "user");
    smtp->password = header(a, call, "password");
    smtp->bearer = header(a, call, "bearer");
    smtp->from = header(a, call, "from");
    for (size_t i = 0; i < call->headers.count; i++)
        if (str_eq(call->headers.items[i].name, STR("to")))
            smtp->people = curl_slist_append(smtp->people, str_cstr(a, call->headers.items[i].value));
    if (!smtp->from || !smtp->people || !call->body.len) {
        (void)refuse(smtp->problem, "A mail needs a sender, somebody it goes to, and words");
        return;
    }
    const char *at = strrchr(smtp->from, '@');
    struct str domain = str_from(at ? at + 1 : "");
    while (domain.len && str_find_char(STR("<> /"), domain.ptr[domain.len - 1]) >= 0)
        domain.len--;
    smtp->greeting = str_cstr(a, str_concat(a, str_from(smtp->to.server), url_encode(a, domain)));
}

void smtp_end(struct smtp *smtp)
{
    curl_slist_free_all(smtp->people);
    smtp->people = NULL;
}

void smtp_set_up(const struct smtp *smtp, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_URL, smtp->greeting);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL, smtp->to.bare ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    if (smtp->user)
        curl_easy_setopt(easy, CURLOPT_USERNAME, smtp->user);
    if (smtp->bearer)
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, smtp->bearer);
    else if (smtp->password)
        curl_easy_setopt(easy, CURLOPT_PASSWORD, smtp->password);
    curl_easy_setopt(easy, CURLOPT_SASL_IR, 1L);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, smtp->from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, smtp->people);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L); /* a kept one may be dead, and a mail is begun once */
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

/* "250-SIZE 1" is followed by others of the same reply, "250 OK" ends it. 221 is the answer to our goodbye. */
void smtp_line(struct smtp *smtp, struct str line)
{
    int64_t code;
    line = str_trim(line);
    if (line.len < 3 || !str_int64(str_slice(line, 0, 3), &code) || code < 200 || code > 599 || code == 221)
        return;
    if (smtp->whole) {
        smtp->words.len = 0;
        smtp->code = (int)code;
    } else if (smtp->words.len < WORDS_MAX) {
        buf_char(&smtp->words, ' ');
    }
    smtp->whole = line.len == 3 || line.ptr[3] != '-';
    if (smtp->words.len < WORDS_MAX)
        buf_str(&smtp->words, str_slice(line, 4, WORDS_MAX));
}

bool smtp_answer(struct smtp *smtp, CURLcode code, struct http_reply *reply)
{
    bool said = code == CURLE_OK ? smtp->code >= 200 && smtp->code < 300 : smtp->code >= 400;
    if (code == CURLE_LOGIN_DENIED && !said) {
        reply->status = 535;
        reply->body = STR("5.7.8 There is no way to sign in that both sides know.");
        return true;
    }
    if (!said)
        return false;
    reply->status = smtp->code;
    reply->body = buf_view(&smtp->words);
    return true;
}
