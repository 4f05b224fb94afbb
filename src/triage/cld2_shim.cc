// SPDX-License-Identifier: Apache-2.0
// The one call of CLD2 that Ascolto makes, with a C face.
#include "triage/cld2_shim.h"

#include <cstdio> // CLD2's header needs it

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

extern "C" const char *cld2_language(const char *text, int len, bool best_effort, bool *reliable)
{
    const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language three[3];
    int percent[3], text_bytes, valid;
    double score[3];
    bool sure = false;
    CLD2::Language language =
        CLD2::ExtDetectLanguageSummaryCheckUTF8(text, len, true, &hints, best_effort ? CLD2::kCLDFlagBestEffort : 0,
                                                three, percent, score, nullptr, &text_bytes, &sure, &valid);
    *reliable = sure;
    return language == CLD2::UNKNOWN_LANGUAGE ? "" : CLD2::LanguageCode(language);
}
