/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1, HMAC-SHA1 and AES-256-CBC against the vectors of FIPS 180, RFC 2202 and NIST SP 800-38A. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/crypto_legacy.h"

int base_crypto_legacy_test(void);

static void is_hex(struct arena *a, const unsigned char *bytes, size_t len, const char *hex)
{
    assert_true(str_eq(hex_encode(a, bytes, len), str_from(hex)));
}

static void digests(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    unsigned char out[SHA1_BYTES], key[20];
    sha1(STR("abc"), out);
    is_hex(a, out, sizeof out, "a9993e364706816aba3e25717850c26c9cd0d89d");
    sha1(STR_EMPTY, out);
    is_hex(a, out, sizeof out, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    memset(key, 0x0b, sizeof key);
    hmac_sha1((struct str){(const char *)key, sizeof key}, STR("Hi There"), out);
    is_hex(a, out, sizeof out, "b617318655057264e28bc0b6fb378c8ef146be00");
    hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), out);
    is_hex(a, out, sizeof out, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    hmac_sha1(STR_EMPTY, STR_EMPTY, out);
    is_hex(a, out, sizeof out, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
    arena_free(a);
}

static void aes_both_ways(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct str key, iv, plain, closed, opened;
    assert_true(hex_decode(a, STR("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"), &key));
    assert_true(hex_decode(a, STR("000102030405060708090a0b0c0d0e0f"), &iv));
    assert_true(hex_decode(a, STR("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"), &plain));
    const unsigned char *k = (const unsigned char *)key.ptr, *v = (const unsigned char *)iv.ptr;
    assert_true(aes256_cbc_close(a, k, v, plain, &closed));
    is_hex(a, (const unsigned char *)closed.ptr, closed.len,
           "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
    assert_true(aes256_cbc_open(a, k, v, closed, &opened));
    assert_true(str_eq(opened, plain));
    assert_false(aes256_cbc_open(a, k, v, str_slice(closed, 0, 31), &opened));
    assert_true(aes256_cbc_open(a, k, v, STR_EMPTY, &opened));
    assert_int_equal(opened.len, 0);
    arena_free(a);
}

int base_crypto_legacy_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests), cmocka_unit_test(aes_both_ways)};
    return cmocka_run_group_tests_name("base/crypto_legacy", tests, NULL, NULL);
}
