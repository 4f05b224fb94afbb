/* SPDX-License-Identifier: Apache-2.0 */
/* Origins and secrets of the chat in a frame. */
#include "care/widget.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/unicode.h"
#include "care/guests.h"
#include "care/people.h"
#include "store/person.h"

#define ORIGIN_MAX 255

/* ---- origins ---- */

static struct str in_lower_case(struct arena *a, struct str text)
{
    char *out = arena_copy(a, text.ptr, text.len);
    for (size_t i = 0; i < text.len; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    return (struct str){out, text.len};
}

static bool is_host(struct str host)
{
    bool letters = host.len > 0;
    for (size_t i = 0; i < host.len && letters; i++) {
        char c = host.ptr[i];
        letters = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    }
    return letters && host.ptr[0] != '.' && host.ptr[0] != '-' && host.ptr[host.len - 1] != '.' &&
           str_find(host, STR("..")) < 0;
}

static bool is_port(struct str port)
{
    int64_t n;
    return str_int64(port, &n) && n > 0 && n < 65536 && !str_starts(port, STR("0")) && !str_starts(port, STR("+"));
}

/* What stands behind the scheme. */
static bool is_place(struct str place)
{
    if (str_starts(place, STR("*.")))
        place = str_slice(place, 2, place.len);
    ptrdiff_t colon = str_find_char(place, ':');
    if (colon < 0)
        return is_host(place);
    return is_host(str_slice(place, 0, (size_t)colon)) && is_port(str_slice(place, (size_t)colon + 1, place.len));
}

static struct str without(struct str origin, struct str scheme, struct str usual_port)
{
    if (!str_starts(origin, scheme) || !str_ends(origin, usual_port))
        return origin;
    return str_slice(origin, 0, origin.len - usual_port.len);
}

bool origin_read(struct arena *a, struct str text, struct str *out)
{
    struct str origin = in_lower_case(a, str_trim(text));
    if (str_ends(origin, STR("/")))
        origin = str_slice(origin, 0, origin.len - 1);
    origin = without(without(origin, STR("https://"), STR(":443")), STR("http://"), STR(":80"));
    struct str place = str_starts(origin, STR("https://"))  ? str_slice(origin, 8, origin.len)
                       : str_starts(origin, STR("http://")) ? str_slice(origin, 7, origin.len)
                                                            : STR_EMPTY;
    *out = origin;
    return origin.len <= ORIGIN_MAX && is_place(place);
}

bool origins_read(struct arena *a, struct str text, struct str *out, struct str *wrong)
{
    struct str line, origin;
    size_t count = 0;
    *out = *wrong = STR_EMPTY;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.len == 0)
            continue;
        if (++count > WIDGET_ORIGINS_MAX || !origin_read(a, line, &origin)) {
            *wrong = line;
            return false;
        }
        if (!origin_allowed(*out, origin))
            *out = out->len ? str_format(a, "%.*s %.*s", STR_ARGS(*out), STR_ARGS(origin)) : origin;
    }
    return true;
}

static bool origin_matches(struct str one, struct str origin)
{
    ptrdiff_t star = str_find(one, STR("://*."));
    if (star < 0)
        return str_eq(one, origin);
    struct str scheme = str_slice(one, 0, (size_t)star + 3), end = str_slice(one, (size_t)star + 4, one.len);
    return origin.len > scheme.len + end.len && str_starts(origin, scheme) && str_ends(origin, end) &&
           is_place(str_slice(origin, scheme.len, origin.len));
}

bool origin_allowed(struct str list, struct str origin)
{
    struct str one;
    while (str_split(&list, ' ', &one))
        if (one.len && origin.len && origin_matches(one, origin))
            return true;
    return false;
}

/* ---- the account's settings ---- */

struct str widget_origins(const struct settings *settings)
{
    return settings_get(settings, "origins");
}

void widget_rule(const struct settings *settings, const struct brand *brand, int64_t now, struct claims_rule *out)
{
    int64_t until = 0;
    bool old = str_int64(settings_get(settings, "widget_before_until"), &until) && until > now / SECOND_US;
    *out = (struct claims_rule){.secrets = {settings_get(settings, "widget_secret"),
                                            old ? settings_get(settings, "widget_secret_before") : STR_EMPTY},
                                .audience = brand->name,
                                .origins = widget_origins(settings),
                                .now = now};
}

bool widget_renew(struct tx *tx, const struct house *house, const struct account *account, struct str secret,
                  int64_t old_for_us, int64_t actor, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t until = old_for_us > 0 ? (tx_now(tx) + old_for_us) / SECOND_US : 1;
    struct pair items[] = {{STR("widget_secret"), secret},
                           {STR("widget_secret_before"), settings_get(&account->settings, "widget_secret")},
                           {STR("widget_before_until"), str_format(a, "%lld", (long long)until)},
                           {STR("widget_since"), str_format(a, "%lld", (long long)(tx_now(tx) / SECOND_US))}};
    const struct pairs given = {items, COUNT_OF(items)};
    return account_change(tx, house, account->row.brand_id, account->row.id, STR_EMPTY, &given, actor, e);
}

bool widget_allow(struct tx *tx, const struct house *house, const struct account *account, struct str origins,
                  int64_t actor, struct error *e)
{
    struct pair item = {STR("origins"), origins};
    const struct pairs given = {&item, 1};
    return account_change(tx, house, account->row.brand_id, account->row.id, STR_EMPTY, &given, actor, e);
}

/* ---- guests ---- */

bool guest_is_signed(const struct guest *guest)
{
    return guest->id && str_starts(guest->external_id, STR(SIGNED_PREFIX));
}

bool guest_joins(struct tx *tx, const struct guest *before, const struct guest *guest, struct error *e)
{
    struct person was, now;
    int64_t merge;
    if (!guest_person(tx, tx_arena(tx), before, &was, e) || !guest_person(tx, tx_arena(tx), guest, &now, e))
        return false;
    if (was.id == 0 || was.id == now.id)
        return true;
    if (now.id)
        return person_merge(tx, guest->brand_id, was.id, now.id, 0, &merge, e);
    struct identity identity = {.brand_id = guest->brand_id,
                                .network = STR(GUEST_NETWORK),
                                .external_id = guest->external_id,
                                .person_id = was.id,
                                .first_person_id = was.id,
                                .name = guest->name,
                                .seen_at = tx_now(tx)};
    return identity_add(tx, &identity, e);
}
