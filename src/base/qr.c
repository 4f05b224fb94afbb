/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes. */
#include "base/qr.h"

#include <qrencode.h>

#include "base/arena.h"
#include "base/buf.h"

/* Each run of dark modules of a row is a bar. */
static struct str path_of(struct arena *a, const QRcode *code)
{
    struct buf b;
    buf_init(&b, a, 8192);
    for (int y = 0; y < code->width; y++)
        for (int x = 0, run; x < code->width; x += run + 1) {
            const unsigned char *row = code->data + (ptrdiff_t)y * code->width;
            for (run = 0; x + run < code->width && row[x + run] & 1; run++)
                ;
            if (run)
                buf_format(&b, "M%d %dh%dv1h-%dz", x + QR_QUIET, y + QR_QUIET, run, run);
        }
    return buf_view(&b);
}

bool qr_path(struct arena *a, struct str text, struct str *path, int *size)
{
    QRcode *code = QRcode_encodeString8bit(str_cstr(a, text), 0, QR_ECLEVEL_M);
    if (!code)
        return false;
    *path = path_of(a, code);
    *size = code->width + 2 * QR_QUIET;
    QRcode_free(code);
    return true;
}
