/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a .zip (PKWARE's APPNOTE 4.3): a header before each file, a directory at the end. */
#include "base/zip.h"

#include <libdeflate.h>

#include "base/clock.h"

#define VERSION   20
#define UTF8_NAME 0x0800U

static void number(struct buf *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

void zip_begin(struct zip *zip, struct arena *a, int64_t at)
{
    struct clock_parts parts = clock_split(at, NULL);
    *zip = (struct zip){.arena = a};
    buf_init(&zip->out, a, 65536);
    buf_init(&zip->directory, a, 1024);
    zip->date = (unsigned)((parts.year - 1980) << 9 | parts.month << 5 | parts.day);
    zip->time = (unsigned)(parts.hour << 11 | parts.minute << 5 | parts.second / 2);
}

/* What header and directory say alike. */
static void facts(const struct zip *zip, struct buf *b, struct str name, struct str bytes, uint32_t crc)
{
    number(b, VERSION, 2);
    number(b, UTF8_NAME, 2);
    number(b, 0, 2); /* stored */
    number(b, zip->time, 2);
    number(b, zip->date, 2);
    number(b, crc, 4);
    number(b, bytes.len, 4);
    number(b, bytes.len, 4);
    number(b, name.len, 2);
    number(b, 0, 2); /* nothing extra */
}

void zip_add(struct zip *zip, struct str name, struct str bytes)
{
    size_t at = zip->out.len;
    uint32_t crc = libdeflate_crc32(0, bytes.ptr, bytes.len);
    buf_str(&zip->out, STR("PK\x03\x04"));
    facts(zip, &zip->out, name, bytes, crc);
    buf_str(&zip->out, name);
    buf_str(&zip->out, bytes);
    buf_str(&zip->directory, STR("PK\x01\x02"));
    number(&zip->directory, VERSION, 2);
    facts(zip, &zip->directory, name, bytes, crc);
    number(&zip->directory, 0, 2 + 2 + 2); /* no comment, one disk, no attributes */
    number(&zip->directory, 0, 4);
    number(&zip->directory, at, 4);
    buf_str(&zip->directory, name);
    zip->count++;
}

struct str zip_end(struct zip *zip)
{
    size_t at = zip->out.len;
    buf_str(&zip->out, buf_view(&zip->directory));
    buf_str(&zip->out, STR("PK\x05\x06"));
    number(&zip->out, 0, 4);
    number(&zip->out, zip->count, 2);
    number(&zip->out, zip->count, 2);
    number(&zip->out, zip->directory.len, 4);
    number(&zip->out, at, 4);
    number(&zip->out, 0, 2);
    return buf_view(&zip->out);
}
