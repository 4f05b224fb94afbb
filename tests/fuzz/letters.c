/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: an address as somebody types it, and a letter with whatever words: it stays one mail to one person,
 * whose header is ours. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "care/letter_codes.h"
#include "channels/channel.h"
#include "net/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What may be written into a command of SMTP, between brackets. */
static void address_try(struct arena *a, struct str typed)
{
    struct str address, again;
    if (!code_address(a, typed, &address))
        return;
    must(address.len > 4 && address.len <= 254 && utf8_valid(address));
    for (size_t i = 0; i < address.len; i++)
        must((unsigned char)address.ptr[i] > ' ' && !strchr("<>(),;:\\\"[]", address.ptr[i]));
    must(code_address(a, address, &again) && str_eq(address, again));
}

static size_t times(struct str head, const char *name)
{
    size_t n = 0;
    ptrdiff_t at;
    while ((at = str_find(head, str_from(name))) >= 0) {
        n++;
        head = str_slice(head, (size_t)at + 1, head.len);
    }
    return n;
}

/* Every line of the header is one of ours or goes on with the one before. */
static void header_must_be_ours(struct str head)
{
    static const char *const ours[] = {"From:",    "To:",         "Subject:",        "Date:",
                                       "X-Loop:",  "Message-Id:", "Auto-Submitted:", "X-Auto-",
                                       "Content-", "List-Unsub",  "MIME-Ver",        "Mime-Ver"};
    struct str line;
    while (str_split(&head, '\n', &line)) {
        bool known = line.len <= 1 || line.ptr[0] == ' ' || line.ptr[0] == '\t';
        for (size_t i = 0; !known && i < COUNT_OF(ours); i++)
            known = str_starts(line, str_from(ours[i]));
        must(known);
    }
}

static void letter_try(struct arena *a, struct str words)
{
    struct pair items[] = {{STR("address"), STR("care@shop.example")},
                           {STR("smtp_url"), STR("smtps://mail.example")},
                           {STR("password"), STR("secret")},
                           {STR("name"), STR("Negozio")}};
    const struct channel *email = channel_find(STR("email"));
    struct settings settings;
    struct http_call call;
    struct error e = {0};
    struct str subject = words, text = words, stop = words;
    (void)str_split(&text, '|', &subject);
    (void)str_split(&stop, '\n', &text);
    must(settings_make(a, email, &(struct pairs){items, COUNT_OF(items)}, &settings, &e));
    struct letter_mail letter = {.to = STR("mina@mail.example"),
                                 .subject = subject,
                                 .text = text,
                                 .html = words,
                                 .language = subject,
                                 .stop = stop,
                                 .key = STR("letter1"),
                                 .now = 1795000000000000};
    must(email->letter(a, &settings, &letter, &call, &e));
    ptrdiff_t end = str_find(call.body, STR("\r\n\r\n"));
    must(end > 0);
    struct str head = str_slice(call.body, 0, (size_t)end + 2);
    header_must_be_ours(head);
    must(times(head, "\nTo:") + str_starts(head, STR("To:")) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct str bytes = {(const char *)data, size};
    address_try(a, bytes);
    if (size < 4096)
        letter_try(a, bytes);
    arena_free(a);
    return 0;
}
