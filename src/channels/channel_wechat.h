/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the WeChat channel share: its envelope (plain or sealed) and its events. The channel itself is in
 * wechat.c. */
#pragma once

#include "base/url.h"
#include "channels/channel_internal.h"

/* The SHA-1 of the parts, sorted and joined, in hexadecimal: WeChat's signature. */
struct str wechat_digest(struct arena *a, const struct str *parts, size_t count);
/* What stands sealed in `Encrypt` (AES-256-CBC): false when it was not sealed with this key for this account. */
bool wechat_unseal(struct arena *a, struct str aes_key, struct str app_id, struct str sealed,
                   struct str *xml) MUST_USE;
/* Adds the event of one message in plain XML. */
bool wechat_event(struct arena *a, const struct pairs *xml, struct channel_events *events, struct error *e) MUST_USE;
