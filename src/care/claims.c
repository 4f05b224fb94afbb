/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the brand's own site. The algorithm is ours to say, not the token's: what it names must be HS256. */
#include "care/claims.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/widget.h"

#define NAME_MAX_LENGTH 80
#define EMAIL_MAX       254
#define PHONE_MIN       6
#define PHONE_MAX       15

static bool no(struct error *e, const char *why)
{
    return fail(e, ERR_UNAUTHENTICATED, "This token is not accepted: %s", why);
}

/* ---- the signature ---- */

static bool is_signed(struct str input, struct str signature, const struct claims_rule *rule)
{
    bool right = false;
    for (size_t i = 0; i < CLAIMS_SECRETS; i++) {
        unsigned char digest[SHA256_BYTES];
        hmac_sha256(rule->secrets[i], input, digest);
        bool same = same_secret(signature, (struct str){(const char *)digest, sizeof digest});
        right |= same && rule->secrets[i].len > 0;
    }
    return right;
}

static bool header_ok(struct arena *a, struct str text, struct error *e)
{
    struct str bytes;
    const struct json *header = base64url_decode(a, text, &bytes) ? json_parse(a, bytes, NULL) : NULL;
    const struct json *type = json_get(header, "typ");
    if (!json_is(header, JSON_OBJECT))
        return no(e, "its header is not JSON.");
    if (!str_eq(json_text(json_get(header, "alg")), STR("HS256")))
        return no(e, "its alg is not HS256.");
    if (type && !str_eq_nocase(json_text(type), STR("JWT")))
        return no(e, "its typ is not JWT.");
    return (!json_get(header, "crit") && !json_get(header, "b64")) || no(e, "it asks for extensions (crit).");
}

struct json *claims_open(struct arena *a, struct str token, const struct claims_rule *rule, struct error *e)
{
    struct str rest = token, parts[3], bytes, signature;
    size_t n = 0;
    if (token.len > CLAIMS_TOKEN_MAX)
        return fail_null(e, ERR_UNAUTHENTICATED, "This token is not accepted: it is longer than %d bytes.",
                         CLAIMS_TOKEN_MAX);
    while (n < COUNT_OF(parts) && str_split(&rest, '.', &parts[n]))
        n++;
    if (n != COUNT_OF(parts) || rest.len || str_ends(token, STR(".")))
        return no(e, "it has not three parts."), NULL;
    if (!header_ok(a, parts[0], e))
        return NULL;
    struct str input = str_slice(token, 0, parts[0].len + 1 + parts[1].len);
    if (!base64url_decode(a, parts[2], &signature) || !is_signed(input, signature, rule))
        return no(e, "it is not signed with the secret of this chat."), NULL;
    struct json *payload = base64url_decode(a, parts[1], &bytes) ? json_parse(a, bytes, NULL) : NULL;
    return json_is(payload, JSON_OBJECT) ? payload : (no(e, "its payload is not a JSON object."), NULL);
}

/* ---- what it says ---- */

/* Seconds, whole or not, as NumericDate has them; 0: there is none that can be one. */
static int64_t date_of(const struct json *payload, const char *name)
{
    const struct json *date = json_get(payload, name);
    double seconds = json_is(date, JSON_NUMBER) ? json_real(date, 0) : 0;
    return seconds >= 1 && seconds < 1e11 ? (int64_t)seconds : 0;
}

static bool times_ok(const struct json *payload, int64_t now, struct error *e)
{
    int64_t issued = date_of(payload, "iat"), ends = date_of(payload, "exp"), from = date_of(payload, "nbf");
    if (!issued || !ends)
        return no(e, "iat and exp are needed, as seconds since 1970.");
    if (ends <= issued || ends - issued > CLAIMS_LASTS_SECONDS)
        return no(e, "between iat and exp lies at most an hour.");
    if (issued > now + CLAIMS_LEEWAY)
        return no(e, "its iat is still to come: look at the clocks.");
    if (ends <= now - CLAIMS_LEEWAY)
        return no(e, "its time is over (exp).");
    if (json_get(payload, "nbf") && (!from || from > now + CLAIMS_LEEWAY))
        return no(e, "its time has not come yet (nbf).");
    return true;
}

static bool is_for(const struct json *audience, struct str brand)
{
    if (json_is(audience, JSON_STRING))
        return str_eq(json_text(audience), brand);
    for (size_t i = 0; json_is(audience, JSON_ARRAY) && i < json_count(audience); i++)
        if (str_eq(json_text(json_at(audience, i)), brand))
            return true;
    return false;
}

static bool parties_ok(const struct json *payload, const struct claims_rule *rule, struct error *e)
{
    const struct json *issuer = json_get(payload, "iss");
    if (!is_for(json_get(payload, "aud"), rule->audience))
        return fail(e, ERR_UNAUTHENTICATED, "This token is not accepted: its aud is not “%.*s”.",
                    STR_ARGS(rule->audience));
    if (issuer && !origin_allowed(rule->origins, json_text(issuer)))
        return no(e, "its iss is none of the origins that may show the chat.");
    return true;
}

static bool subject_read(struct arena *a, const struct json *payload, struct str *out, struct error *e)
{
    struct str subject = json_text(json_get(payload, "sub"));
    if (!subject.len || subject.len > CLAIMS_SUBJECT_MAX || !str_eq(subject, str_trim(text_clean(a, subject))))
        return no(e, "sub is needed: your own id of the customer, as a text of at most 200 bytes.");
    *out = subject;
    return true;
}

static struct str line_of(struct arena *a, const struct json *payload, const char *name, size_t max)
{
    struct str text = str_trim(text_clean(a, json_text(json_get(payload, name))));
    return str_find_char(text, '\n') < 0 ? text_shorten(a, text, max) : STR_EMPTY;
}

static struct str email_of(struct arena *a, const struct json *payload)
{
    struct str text = line_of(a, payload, "email", EMAIL_MAX + 1);
    ptrdiff_t at = str_find_char(text, '@');
    bool is = at > 0 && (size_t)at + 1 < text.len && text.len <= EMAIL_MAX && str_find_char(text, ' ') < 0;
    return is ? text : STR_EMPTY;
}

/* "+39 333 1234567"; without the country's number it says nothing. */
static struct str phone_of(struct arena *a, const struct json *payload)
{
    struct str text = str_trim(json_text(json_get(payload, "phone")));
    char out[PHONE_MAX];
    size_t n = 0;
    if (!str_starts(text, STR("+")))
        return STR_EMPTY;
    for (size_t i = 1; i < text.len; i++) {
        bool figure = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (figure && n < sizeof out)
            out[n++] = text.ptr[i];
        else if (figure || str_find_char(STR(" -./()"), text.ptr[i]) < 0)
            return STR_EMPTY;
    }
    return n >= PHONE_MIN ? str_dup(a, (struct str){out, n}) : STR_EMPTY;
}

bool claims_read(struct arena *a, struct str token, const struct claims_rule *rule, struct claims *out,
                 struct error *e)
{
    *out = (struct claims){0};
    const struct json *payload = claims_open(a, token, rule, e);
    if (!payload || !times_ok(payload, rule->now / SECOND_US, e) || !parties_ok(payload, rule, e) ||
        !subject_read(a, payload, &out->subject, e))
        return false;
    out->name = line_of(a, payload, "name", NAME_MAX_LENGTH);
    out->email = email_of(a, payload);
    out->phone = phone_of(a, payload);
    out->locale = line_of(a, payload, "locale", 35);
    return true;
}
