/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys as a server reads them: what a browser hands over when one is made and when one is used (W3C Web
 * Authentication Level 3, 7.1 and 7.2). OpenSSL checks the signatures.
 *
 * Who made the device is not asked for (attestation "none"), so the attestation object holds nothing that anybody has
 * signed: the page hands over the authenticator data and the public key as the browser reads it from there
 * (getAuthenticatorData, getPublicKey; 5.2.1.1). Extensions are not asked for either. So there is no CBOR here: what
 * stands behind the bytes that are read is signed like them, and not looked at. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct error;

#define WEBAUTHN_ES256 (-7)
#define WEBAUTHN_EDDSA (-8)
#define WEBAUTHN_RS256 (-257)

#define WEBAUTHN_CLIENT_MAX     2048
#define WEBAUTHN_AUTH_MAX       4096
#define WEBAUTHN_KEY_MAX        1024
#define WEBAUTHN_SIGNATURE_MAX  512
#define WEBAUTHN_CREDENTIAL_MAX 1023

/* The relying party of pages at this host ("care.example:8443"): its name alone. False where it cannot be one: an
 * address in numbers. */
bool webauthn_party(struct arena *a, struct str host, struct str *party);
/* The challenge that client data names, base64url; empty: none. */
struct str webauthn_challenge(struct arena *a, struct str client_data);

struct webauthn_expected {
    struct str challenge; /* base64url, as it was handed out */
    struct str host;      /* of our page, in small letters, with the port where it has one */
};
struct webauthn_made { /* bytes */
    struct str client_data, auth_data;
    struct str public_key; /* SubjectPublicKeyInfo */
    int64_t algorithm;     /* WEBAUTHN_… */
};
/* A new passkey that a person has confirmed themselves with. ERR_UNAUTHENTICATED says what is wrong. credential: its
 * bytes, inside of auth_data. */
bool webauthn_check_made(struct arena *a, const struct webauthn_expected *expected, const struct webauthn_made *made,
                         struct str *credential, int64_t *counter, struct error *e) MUST_USE;

struct webauthn_used { /* bytes */
    struct str client_data, auth_data, signature;
};
/* The same of one that is used: signed with this key. Whether the counter went on is the caller's to judge. */
bool webauthn_check_used(struct arena *a, const struct webauthn_expected *expected, struct str public_key,
                         int64_t algorithm, const struct webauthn_used *used, int64_t *counter,
                         struct error *e) MUST_USE;
