/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: webhooks, answers and words of wechat. */
#include "channel_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_channel("wechat", data, size);
}
