/* SPDX-License-Identifier: Apache-2.0 */
/* CLD2 tells the language of four words and more; a shorter text has that of its conversation, or of its
 * words where the lexicon knows them. */
#include "triage/language.h"

#include <string.h>

#include "triage/cld2_shim.h"

#define WORDS_TO_TELL    4
#define WORDS_TO_BE_SURE 8

/* ISO 639-1, so that a code is a constant whoever asks for it. */
static const char codes[] = "aa\0ab\0ae\0af\0ak\0am\0an\0ar\0as\0av\0ay\0az\0ba\0be\0bg\0bh\0bi\0bm\0bn\0bo\0"
                            "br\0bs\0ca\0ce\0ch\0co\0cr\0cs\0cu\0cv\0"
                            "cy\0da\0de\0dv\0dz\0ee\0el\0en\0eo\0es\0et\0eu\0fa\0ff\0fi\0fj\0fo\0fr\0fy\0ga\0"
                            "gd\0gl\0gn\0gu\0gv\0ha\0he\0hi\0ho\0hr\0"
                            "ht\0hu\0hy\0hz\0ia\0id\0ie\0ig\0ii\0ik\0io\0is\0it\0iu\0ja\0jv\0ka\0kg\0ki\0kj\0"
                            "kk\0kl\0km\0kn\0ko\0kr\0ks\0ku\0kv\0kw\0"
                            "ky\0la\0lb\0lg\0li\0ln\0lo\0lt\0lu\0lv\0mg\0mh\0mi\0mk\0ml\0mn\0mr\0ms\0mt\0my\0"
                            "na\0nb\0nd\0ne\0ng\0nl\0nn\0no\0nr\0nv\0"
                            "ny\0oc\0oj\0om\0or\0os\0pa\0pi\0pl\0ps\0pt\0qu\0rm\0rn\0ro\0ru\0rw\0sa\0sc\0sd\0"
                            "se\0sg\0si\0sk\0sl\0sm\0sn\0so\0sq\0sr\0"
                            "ss\0st\0su\0sv\0sw\0ta\0te\0tg\0th\0ti\0tk\0tl\0tn\0to\0tr\0ts\0tt\0tw\0ty\0ug\0"
                            "uk\0ur\0uz\0ve\0vi\0vo\0wa\0wo\0xh\0yi\0"
                            "yo\0za\0zh\0zu";

const char *language_code(struct str code)
{
    if (code.len != 2)
        return "";
    for (size_t i = 0; i + 2 < sizeof codes; i += 3)
        if (codes[i] == code.ptr[0] && codes[i + 1] == code.ptr[1])
            return codes + i;
    return "";
}

/* CLD2's old and longer codes. */
static const char *code_of_cld2(const char *code)
{
    if (strcmp(code, "iw") == 0)
        return "he";
    if (strcmp(code, "jw") == 0)
        return "jv";
    struct str s = str_from(code);
    ptrdiff_t dash = str_find_char(s, '-');
    return language_code(dash > 0 ? str_slice(s, 0, (size_t)dash) : s);
}

/* "Grazie!", "thanks a lot": only when the words known speak for one language alone. */
static const char *language_by_words(const struct reading *r)
{
    unsigned italian = 0, english = 0;
    for (size_t i = 0; i < r->count; i++) {
        unsigned languages = r->tokens[i].classes & (ITALIAN | ENGLISH);
        italian += languages == ITALIAN && r->tokens[i].key.len > 2;
        english += languages == ENGLISH && r->tokens[i].key.len > 2;
    }
    return italian && !english ? "it" : english && !italian ? "en" : "";
}

void language_tell(const struct reading *r, struct language_told *out)
{
    *out = (struct language_told){.code = ""};
    if (r->words)
        out->code = code_of_cld2(cld2_language(r->plain.ptr, (int)r->plain.len, true, &out->reliable));
}

const char *language_of(const struct reading *r, const struct language_told *told, struct str known)
{
    const char *inherited = language_code(known);
    if (r->words == 0)
        return inherited;
    if (r->words < WORDS_TO_TELL && inherited[0])
        return inherited;
    const char *code = told->code;
    const char *by_words = language_by_words(r);
    bool ours = strcmp(code, "it") == 0 || strcmp(code, "en") == 0;
    if (r->words < WORDS_TO_BE_SURE && by_words[0] && ours) /* of the two we know words of, the words know better */
        code = by_words;
    if (told->reliable && r->words >= WORDS_TO_TELL)
        return code[0] ? code : inherited;
    if (inherited[0])
        return inherited;
    return by_words[0] ? by_words : told->reliable || r->words >= WORDS_TO_TELL ? code : "";
}
