/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: lists, answers and words of bluesky. */
#include "channel_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_channel("bluesky", data, size);
}
