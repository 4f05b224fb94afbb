/* SPDX-License-Identifier: Apache-2.0 */
/* A text as phones send it (3GPP TS 23.038): in 7 bits where all its signs are of the GSM alphabet, else in UTF-16.
 * Long ones go in parts, each with a header; no sign is cut in two. */
#include "base/unicode.h"

#include "base/buf.h"

#define GSM_WHOLE  160
#define GSM_PART   153
#define WIDE_WHOLE 70
#define WIDE_PART  67

/* Of the GSM alphabet beyond ASCII, in the order of their code points. */
static const uint16_t beyond[] = {0xa1,  0xa3,  0xa4,  0xa5,  0xa7,  0xbf,  0xc4,  0xc5,  0xc6, 0xc7,
                                  0xc9,  0xd1,  0xd6,  0xd8,  0xdc,  0xdf,  0xe0,  0xe4,  0xe5, 0xe6,
                                  0xe8,  0xe9,  0xec,  0xf1,  0xf2,  0xf6,  0xf8,  0xf9,  0xfc, 0x393,
                                  0x394, 0x398, 0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9};

/* 1, 2 for a sign of the extension, 0 where GSM has none. */
static unsigned septets(uint32_t c)
{
    if (c == '\n' || c == '\r' || (c >= ' ' && c < 0x7f && !strchr("[\\]^`{|}~", (int)c)))
        return 1;
    if (c == 0x20ac || c == '\f' || (c < 0x7f && c && c != '`' && strchr("[\\]^{|}~", (int)c)))
        return 2;
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        if (beyond[i] == c)
            return 1;
    return 0;
}

bool text_is_gsm(struct str s)
{
    for (size_t i = 0; i < s.len;)
        if (!septets(utf8_next(s, &i)))
            return false;
    return true;
}

/* Units in all, and the parts they fill. */
static size_t measure(struct str s, size_t *parts)
{
    bool gsm = text_is_gsm(s);
    size_t part = gsm ? GSM_PART : WIDE_PART, units = 0, in_part = 0;
    *parts = s.len > 0;
    for (size_t i = 0; i < s.len;) {
        uint32_t c = utf8_next(s, &i);
        size_t size = gsm ? septets(c) : c >= 0x10000 ? 2 : 1;
        if (in_part + size > part) {
            ++*parts;
            in_part = 0;
        }
        in_part += size;
        units += size;
    }
    if (units <= (gsm ? GSM_WHOLE : WIDE_WHOLE))
        *parts = units > 0;
    return units;
}

size_t text_sms_units(struct str s)
{
    size_t parts;
    return measure(s, &parts);
}

size_t text_sms_parts(struct str s)
{
    size_t parts;
    (void)measure(s, &parts);
    return parts;
}

static const char *plain_sign(uint32_t c)
{
    static const struct {
        uint32_t from, to;
        const char *plain;
    } signs[] = {{0xa0, 0xa0, " "},       {0xab, 0xab, "\""},    {0xbb, 0xbb, "\""},     {0x2000, 0x200a, " "},
                 {0x2010, 0x2015, "-"},   {0x2018, 0x201b, "'"}, {0x201c, 0x201f, "\""}, {0x2022, 0x2022, "-"},
                 {0x2026, 0x2026, "..."}, {0x202f, 0x202f, " "}, {0x2039, 0x203a, "'"},  {0xc8, 0xc8, "E'"},
                 {0xc0, 0xc0, "A'"},      {0xd9, 0xd9, "U'"},    {0xd2, 0xd2, "O'"},     {0xcc, 0xcc, "I'"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (c >= signs[i].from && c <= signs[i].to)
            return signs[i].plain;
    return NULL;
}

struct str text_sms_plain(struct arena *a, struct str s)
{
    struct buf out;
    buf_init(&out, a, s.len + 16);
    for (size_t i = 0; i < s.len;) {
        size_t from = i;
        const char *plain = plain_sign(utf8_next(s, &i));
        if (plain)
            buf_cstr(&out, plain);
        else
            buf_str(&out, str_slice(s, from, i));
    }
    return buf_view(&out);
}
