/* SPDX-License-Identifier: Apache-2.0 */
/* md4c reads it; only texts are kept. */
#include "base/markdown.h"

#include <md4c.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

static int block(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    (void)type, (void)detail, (void)ctx;
    return 0;
}

static int block_end(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    (void)type, (void)detail;
    buf_char(ctx, '\n');
    return 0;
}

static int span(MD_SPANTYPE type, void *detail, void *ctx)
{
    (void)type, (void)detail, (void)ctx;
    return 0;
}

static int text(MD_TEXTTYPE type, const MD_CHAR *bytes, MD_SIZE size, void *ctx)
{
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        buf_char(ctx, '\n');
    else if (type != MD_TEXT_NULLCHAR)
        buf_add(ctx, bytes, size);
    return 0;
}

struct str markdown_words(struct arena *a, struct str given)
{
    static const MD_PARSER parser = {.flags = MD_FLAG_NOHTML,
                                     .enter_block = block,
                                     .leave_block = block_end,
                                     .enter_span = span,
                                     .leave_span = span,
                                     .text = text};
    struct str clean = text_clean(a, given);
    struct buf words;
    buf_init(&words, a, clean.len + 64);
    (void)md_parse(str_cstr(a, clean), (MD_SIZE)clean.len, &parser, &words); /* it wants a NUL behind the text */
    return str_trim(buf_view(&words));
}
