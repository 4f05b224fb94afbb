/* SPDX-License-Identifier: Apache-2.0 */
/* The notifications of the simulated LinkedIn: what they say, their signature, and the handshake by which the brand's
 * address is proven. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/url.h"
#include "sim/sim_linkedin.h"

struct str sim_linkedin_organization(struct sim *sim, struct arena *a)
{
    return str_format(a, "urn:li:organization:%s", sim->lines[SIM_LINKEDIN].account.account_id);
}

static struct str owner_of(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    return item->author != NULL ? item->author->ids[SIM_LINKEDIN] : sim_linkedin_organization(sim, a);
}

/* The same comment has another spelling outside what stands beside the notification: without "urn:li:" before the
 * post. */
static struct str other_spelling(struct arena *a, struct str urn)
{
    struct str full = STR("urn:li:comment:(urn:li:");

    if (!str_starts(urn, full))
        return urn;
    return str_concat(a, STR("urn:li:comment:("), str_slice(urn, full.len, urn.len));
}

static struct json *post_json(struct sim *sim, struct arena *a, const struct sim_item *post)
{
    struct json *j = json_object(a);

    json_set_str(a, j, "owner", owner_of(sim, a, post));
    json_set_str(a, j, "mediaCategory", STR("NONE"));
    json_set_str(a, j, "text", post->text);
    json_set_str(a, j, "entity", post->id);
    return j;
}

static struct json *comment_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *j = json_object(a);

    json_set_str(a, j, "owner", owner_of(sim, a, item));
    json_set_str(a, j, "text", item->text);
    json_set_str(a, j, "entity", item->id);
    json_set_str(a, j, "object", item->root);
    if (item->parent != NULL && item->parent->kind == SIM_COMMENT)
        json_set_str(a, j, "parentComment", item->parent->id);
    return j;
}

/* The same number whenever the same is told. */
static int64_t number_of(struct arena *a, const struct sim_item *item, const char *action)
{
    int edits = strcmp(action, "COMMENT_EDIT") == 0 ? item->edits : 0;

    return (int64_t)(hash64(str_format(a, "%.*s %s %d", STR_ARGS(item->id), action, edits)) >> 12);
}

struct json *sim_linkedin_notification(struct sim *sim, struct arena *a, const struct sim_item *item,
                                       const char *action, bool written)
{
    struct json *j = json_object(a), *beside = json_object(a);
    const struct sim_item *post = sim_item_find(sim, SIM_LINKEDIN, item->root);
    bool edit = strcmp(action, "COMMENT_EDIT") == 0, gone = strcmp(action, "COMMENT_DELETE") == 0;

    json_set_str(a, j, "organizationalEntity", sim_linkedin_organization(sim, a));
    json_set_int(a, j, "notificationId", number_of(a, item, action));
    json_set_str(a, j, "action", str_from(action));
    json_set_str(a, j, "sourcePost", item->root);
    json_set_str(a, j, "generatedActivity", other_spelling(a, item->id));
    json_set_int(a, j, "lastModifiedAt", (edit ? item->edited_at : gone ? sim_now(sim) : item->at) / 1000);
    json_set_str(a, j, "subscriber", STR("urn:li:person:aDm1n15tr4"));
    if (post != NULL)
        json_set(a, j, "decoratedSourcePost", post_json(sim, a, post));
    if (written && item->kind == SIM_COMMENT)
        json_set(a, beside, "comment", comment_json(sim, a, item));
    else if (written)
        json_set(a, beside, "share", post_json(sim, a, item));
    if (written)
        json_set(a, j, "decoratedGeneratedActivity", beside);
    return j;
}

static uint64_t queue(struct sim *sim, struct arena *a, struct sim_item *item, const char *action, bool written,
                      int delay_ms)
{
    struct json *body = json_object(a), *list = json_array(a);

    json_push(a, list, sim_linkedin_notification(sim, a, item, action, written));
    json_set_str(a, body, "type", STR("ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"));
    json_set(a, body, "notifications", list);
    return sim_hook_add(sim, SIM_LINKEDIN, item, json_to_str(a, body), delay_ms);
}

uint64_t sim_linkedin_echo(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    return queue(sim, a, item, "ADMIN_COMMENT", true, delay_ms);
}

/* A post of somebody's own is told of when it mentions the page, and never again. */
void sim_linkedin_tell(struct sim_deed *d)
{
    bool comment = d->item != NULL && d->item->kind == SIM_COMMENT;

    if (d->item == NULL)
        return;
    if (d->verb == SIM_WROTE)
        queue(d->sim, d->a, d->item, comment ? "COMMENT" : "SHARE_MENTION", true, 0);
    else if (d->verb == SIM_EDITED && comment)
        queue(d->sim, d->a, d->item, "COMMENT_EDIT", true, 0);
    else if (d->verb == SIM_REMOVED && comment)
        queue(d->sim, d->a, d->item, "COMMENT_DELETE", false, 0);
    else if (d->verb == SIM_LIKED)
        queue(d->sim, d->a, d->item, "LIKE", false, 0);
}

/* ---- signature, handshake ---- */

static struct str hmac_hex(struct arena *a, struct str secret, struct str words)
{
    unsigned char digest[SHA256_BYTES];

    hmac_sha256(secret, words, digest);
    return hex_encode(a, digest, sizeof digest);
}

void sim_linkedin_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    (void)line;
    sim_parcel_header(parcel, "X-LI-Signature", hmac_hex(a, secret, str_concat(a, STR("hmacsha256="), parcel->body)));
}

struct str sim_linkedin_shake(struct sim_line *line, struct arena *a)
{
    const char *url = line->account.hook_url;
    unsigned char d[16];
    struct str hex;

    random_bytes(d, sizeof d);
    hex = hex_encode(a, d, sizeof d);
    hex = str_format(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.ptr, hex.ptr + 8, hex.ptr + 12, hex.ptr + 16, hex.ptr + 20);
    memcpy(line->challenge, hex.ptr, hex.len + 1);
    return str_format(a, "%s%schallengeCode=%s", url, strchr(url, '?') != NULL ? "&" : "?", line->challenge);
}

bool sim_linkedin_shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str code = str_from(line->challenge);

    return str_eq(json_text(json_get(body, "challengeCode")), code) &&
           str_eq(json_text(json_get(body, "challengeResponse")), hmac_hex(a, str_from(line->account.secret), code));
}

/* Up to ten notifications come in one webhook. */
struct str sim_linkedin_join(struct arena *a, struct str into, struct str one)
{
    struct json *body = json_parse(a, into, NULL), *more = json_parse(a, one, NULL), *list = json_array(a);
    const struct json *lists[] = {json_get(body, "notifications"), json_get(more, "notifications")};
    size_t n, i;

    for (n = 0; n < COUNT_OF(lists); n++)
        for (i = 0; i < json_count(lists[n]); i++)
            json_push(a, list, lists[n]->items[i]);
    json_set(a, body, "notifications", list);
    return json_to_str(a, body);
}
