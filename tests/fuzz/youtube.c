/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: lists, answers and words of youtube. */
#include "channel_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_channel("youtube", data, size);
}
