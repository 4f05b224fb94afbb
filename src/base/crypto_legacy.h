/* SPDX-License-Identifier: Apache-2.0 */
/* What some networks sign and encrypt with and nobody should choose anew: SHA-1 (WeChat, Twilio), AES-256-CBC
 * (WeChat's safe mode). */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

#define SHA1_BYTES    20
#define AES_KEY_BYTES 32
#define AES_IV_BYTES  16

void sha1(struct str data, unsigned char out[SHA1_BYTES]);
void hmac_sha1(struct str key, struct str data, unsigned char out[SHA1_BYTES]);
/* Without padding: data is a multiple of 16 bytes. False for any other length. */
bool aes256_cbc_open(struct arena *a, const unsigned char key[AES_KEY_BYTES], const unsigned char iv[AES_IV_BYTES],
                     struct str data, struct str *out) MUST_USE;
bool aes256_cbc_close(struct arena *a, const unsigned char key[AES_KEY_BYTES], const unsigned char iv[AES_IV_BYTES],
                      struct str data, struct str *out) MUST_USE;
