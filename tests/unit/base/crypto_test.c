/* SPDX-License-Identifier: Apache-2.0 */
/* Digests against published vectors, and that what is sealed, signed or hashed cannot be changed unseen. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"

int base_crypto_test(void);

static int set_up(void **state)
{
    *state = arena_new();
    return crypto_init(NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void assert_str(struct str got, const char *expected)
{
    if (got.len != strlen(expected) || memcmp(got.ptr ? got.ptr : "", expected, got.len) != 0)
        fail_msg("got \"%.*s\", expected \"%s\"", STR_ARGS(got), expected);
}

static void sha256_vectors(void **state)
{
    struct arena *a = *state;
    unsigned char out[SHA256_BYTES];
    for (int i = 0; i < 3; i++) {
        sha256(STR("abc"), out);
        assert_str(hex_encode(a, out, sizeof(out)),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        sha256(STR_EMPTY, out);
        assert_str(hex_encode(a, out, sizeof(out)),
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
    struct str million = {memset(arena_alloc(a, 1000000), 'a', 1000000), 1000000};
    sha256(million, out);
    assert_str(hex_encode(a, out, sizeof(out)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void sha256_of_a_file(void **state)
{
    struct arena *a = *state;
    unsigned char out[SHA256_BYTES], expected[SHA256_BYTES];
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_true(sha256_file(fileno(f), out));
    sha256(STR_EMPTY, expected);
    assert_memory_equal(out, expected, sizeof out);
    struct str million = {memset(arena_alloc(a, 1000000), 'a', 1000000), 1000000};
    assert_int_equal(fwrite(million.ptr, 1, million.len, f), million.len);
    fflush(f);
    assert_int_equal(lseek(fileno(f), 3, SEEK_SET), 3); /* from where it stands */
    assert_true(sha256_file(fileno(f), out));
    sha256(str_slice(million, 3, million.len), expected);
    assert_memory_equal(out, expected, sizeof out);
    fclose(f);
    assert_false(sha256_file(-1, out));
}

static void hmac_vectors(void **state)
{
    struct arena *a = *state;
    unsigned char out[SHA256_BYTES];
    struct str key;
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
    assert_str(hex_encode(a, out, sizeof(out)), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(hex_decode(a, STR("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), &key));
    hmac_sha256(key, STR("Hi There"), out);
    assert_str(hex_encode(a, out, sizeof(out)), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    struct str long_key = {memset(arena_alloc(a, 131), 0xaa, 131), 131};
    hmac_sha256(long_key, STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    assert_str(hex_encode(a, out, sizeof(out)), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    for (int i = 0; i < 2; i++) {
        /* An empty key must not mean the key of last time. */
        hmac_sha256(i ? STR("") : STR_EMPTY, STR_EMPTY, out);
        assert_str(hex_encode(a, out, sizeof(out)),
                   "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    }
}

static void *digest_many(void *wrong)
{
    unsigned char out[SHA256_BYTES];
    static const unsigned char begin[] = {0x5b, 0xdc, 0xc1, 0x46}, begin_sha[] = {0xba, 0x78, 0x16, 0xbf};
    for (int i = 0; i < 2000; i++) {
        hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
        *(bool *)wrong |= memcmp(out, begin, sizeof(begin)) != 0;
        sha256(STR("abc"), out);
        *(bool *)wrong |= memcmp(out, begin_sha, sizeof(begin_sha)) != 0;
    }
    return NULL;
}

static void threads_digest_on_their_own(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool wrong[COUNT_OF(threads)] = {false};
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, digest_many, &wrong[i]), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_false(wrong[i]);
    }
}

/* Stored in databases: must never change. */
static void hash64_is_fixed(void **state)
{
    (void)state;
    assert_int_equal(hash64(STR("ascolto")), hash64(STR("ascolto")));
    assert_int_not_equal(hash64(STR("ascolto")), hash64(STR("Ascolto")));
    assert_int_not_equal(hash64(STR("a")), hash64(STR("a\0")));
    assert_int_equal(hash64(STR_EMPTY), UINT64_C(0x124b1452d7b5aebd));
    assert_int_equal(hash64(STR("ascolto")), UINT64_C(0x047a621c75326c89));
}

static void secrets_are_compared_whole(void **state)
{
    (void)state;
    assert_true(same_secret(STR("abc"), STR("abc")));
    assert_false(same_secret(STR("abc"), STR("abd")));
    assert_false(same_secret(STR("abc"), STR("ab")));
    assert_false(same_secret(STR("abc"), STR_EMPTY));
    assert_true(same_secret(STR_EMPTY, STR("")));
}

static void random_is_random(void **state)
{
    struct arena *a = *state;
    unsigned char x[32] = {0}, y[32] = {0};
    random_bytes(x, sizeof(x));
    random_bytes(y, sizeof(y));
    assert_memory_not_equal(x, y, sizeof(x));
    struct str one = random_token(a, 32), two = random_token(a, 32);
    assert_int_equal(one.len, 43);
    assert_false(str_eq(one, two));
    for (size_t i = 0; i < one.len; i++)
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", one.ptr[i]));
    assert_int_equal(random_token(a, 0).len, 0);
    assert_int_equal(random_token(a, 1).len, 2);
}

static void hex_both_ways(void **state)
{
    struct arena *a = *state;
    struct str out;
    assert_str(hex_encode(a, "\x00\x7f\xff", 3), "007fff");
    assert_str(hex_encode(a, "", 0), "");
    assert_true(hex_decode(a, STR("007FfF"), &out));
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.ptr, "\x00\x7f\xff", 3);
    assert_true(hex_decode(a, STR_EMPTY, &out));
    assert_int_equal(out.len, 0);
    static const char *const bad[] = {"0", "0g", "00 ", " 00", "0x00", "00:00", "zz", "a", "00zz"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (hex_decode(a, str_from(bad[i]), &out))
            fail_msg("\"%s\" is accepted", bad[i]);
}

static void base64_both_ways(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {"Zg",   "Zg=",  "Zg===", "Z",      "Zm9v\n",    "Zm9-",
                                      "Zm9_", "Zh==", "=Zg=",  "Zm9vZg", "\xc3\xa8=="};
    struct arena *a = *state;
    struct str out;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        assert_str(base64_encode(a, pairs[i][0], strlen(pairs[i][0])), pairs[i][1]);
        assert_true(base64_decode(a, str_from(pairs[i][1]), &out));
        assert_str(out, pairs[i][0]);
    }
    assert_true(base64_decode(a, STR("+/+/"), &out));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (base64_decode(a, str_from(bad[i]), &out))
            fail_msg("\"%s\" is accepted", bad[i]);
}

/* One text has one spelling: what is left of the last sign is nought, and nothing is filled up. */
static void base64url_both_ways(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},           {"f", "Zg"},         {"fo", "Zm8"},       {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"\xfb\xff", "-_8"}, {"fooba", "Zm9vYmE"}};
    static const char *const bad[] = {"Zg==", "Zh", "Z", "Zm9v\n", "+/8", "Zm9v.", " Zg"};
    struct arena *a = *state;
    struct str out;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        assert_str(base64url_encode(a, pairs[i][0], strlen(pairs[i][0])), pairs[i][1]);
        assert_true(base64url_decode(a, str_from(pairs[i][1]), &out));
        assert_str(out, pairs[i][0]);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (base64url_decode(a, str_from(bad[i]), &out))
            fail_msg("\"%s\" is accepted", bad[i]);
}

static void passwords(void **state)
{
    struct arena *a = *state;
    struct str hash, again;
    char *before = getenv("ASCOLTO_FAST_PASSWORDS");
    before = before ? strdup(before) : NULL;
    setenv("ASCOLTO_FAST_PASSWORDS", "1", 1);
    assert_true(password_hash(a, STR("pàssword"), &hash, NULL));
    assert_true(password_hash(a, STR("pàssword"), &again, NULL));
    assert_true(str_starts(hash, STR("$argon2id$v=19$m=8,t=1,p=1$")));
    assert_false(str_eq(hash, again));
    assert_true(password_verify(hash, STR("pàssword")));
    assert_false(password_verify(hash, STR("pàssworD")));
    assert_false(password_verify(hash, STR_EMPTY));
    assert_false(password_verify(STR_EMPTY, STR("x")));
    assert_false(password_verify(STR("$argon2id$nonsense"), STR("x")));
    struct str endless = {arena_alloc(a, 5000), 5000};
    assert_false(password_verify(endless, STR("x")));
    struct error e = {0};
    assert_false(password_hash(a, endless, &hash, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    unsetenv("ASCOLTO_FAST_PASSWORDS");
    assert_true(password_hash(a, STR("x"), &hash, NULL));
    assert_true(str_starts(hash, STR("$argon2id$v=19$m=65536,t=3,p=1$")));
    assert_true(password_verify(hash, STR("x")));
    if (before)
        setenv("ASCOLTO_FAST_PASSWORDS", before, 1);
    free(before);
}

static void sealed_values_open_only_unchanged(void **state)
{
    struct arena *a = *state;
    unsigned char key[SEAL_KEY_BYTES], other[SEAL_KEY_BYTES];
    random_bytes(key, sizeof(key));
    random_bytes(other, sizeof(other));
    struct str sealed = seal(a, key, STR("a token")), out = STR_EMPTY;
    struct error e = {0};
    assert_int_equal(sealed.len, 24 + 7 + 16);
    assert_int_equal(str_find(sealed, STR("token")), -1);
    assert_false(str_eq(sealed, seal(a, key, STR("a token"))));
    assert_true(seal_open(a, key, sealed, &out, &e));
    assert_str(out, "a token");
    assert_false(seal_open(a, other, sealed, &out, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_null(strstr(e.message, "token"));
    for (size_t i = 0; i < sealed.len; i++) {
        char *changed = arena_copy(a, sealed.ptr, sealed.len);
        changed[i] ^= 1;
        assert_false(seal_open(a, key, (struct str){changed, sealed.len}, &out, &e));
        assert_false(seal_open(a, key, str_slice(sealed, 0, i), &out, NULL));
    }
    assert_true(seal_open(a, key, seal(a, key, STR_EMPTY), &out, &e));
    assert_int_equal(out.len, 0);
    assert_false(seal_open(a, key, STR_EMPTY, &out, &e));
}

static void signatures_fit_their_message(void **state)
{
    (void)state;
    unsigned char public_key[SIGN_PUBLIC_BYTES], secret_key[SIGN_SECRET_BYTES], other_public[SIGN_PUBLIC_BYTES];
    unsigned char other_secret[SIGN_SECRET_BYTES], signature[SIGNATURE_BYTES];
    sign_keypair(public_key, secret_key);
    sign_keypair(other_public, other_secret);
    sign_message(secret_key, STR("21 November: 7 received"), signature);
    assert_true(sign_verify(public_key, STR("21 November: 7 received"), signature));
    assert_false(sign_verify(public_key, STR("21 November: 8 received"), signature));
    assert_false(sign_verify(other_public, STR("21 November: 7 received"), signature));
    signature[63] ^= 1;
    assert_false(sign_verify(public_key, STR("21 November: 7 received"), signature));
    sign_message(secret_key, STR_EMPTY, signature);
    assert_true(sign_verify(public_key, STR_EMPTY, signature));
}

int base_crypto_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(sha256_of_a_file),
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(threads_digest_on_their_own),
        cmocka_unit_test(hash64_is_fixed),
        cmocka_unit_test(secrets_are_compared_whole),
        cmocka_unit_test(random_is_random),
        cmocka_unit_test(hex_both_ways),
        cmocka_unit_test(base64_both_ways),
        cmocka_unit_test(base64url_both_ways),
        cmocka_unit_test(passwords),
        cmocka_unit_test(sealed_values_open_only_unchanged),
        cmocka_unit_test(signatures_fit_their_message),
    };
    return cmocka_run_group_tests_name("base/crypto", tests, set_up, tear_down);
}
