/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: answers and words of mastodon. */
#include "channel_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_channel("mastodon", data, size);
}
