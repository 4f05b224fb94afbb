/* SPDX-License-Identifier: Apache-2.0 */
/* The webhooks of the simulated TikTok: what they say is JSON in a string of JSON, ids of comments are bare numbers,
 * and the signature carries the moment it was made. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "sim/sim_tiktok.h"

static uint64_t queue(struct sim *sim, struct arena *a, struct sim_item *item, const char *event,
                      const struct json *content, int delay_ms)
{
    struct json *body = json_object(a);

    json_set_str(a, body, "client_key", STR("7190000000000000001"));
    json_set_str(a, body, "event", str_from(event));
    json_set_int(a, body, "create_time", sim_now(sim) / SECOND_US);
    json_set_str(a, body, "user_openid", str_from(sim->lines[SIM_TIKTOK].account.account_id));
    json_set_str(a, body, "content", json_to_str(a, content));
    return sim_hook_add(sim, SIM_TIKTOK, item, json_to_str(a, body), delay_ms);
}

/* ---- comments ---- */

static void set_number(struct arena *a, struct json *j, const char *name, struct str id)
{
    int64_t n = 0;

    if (str_int64(id, &n))
        json_set_int(a, j, name, n);
    else
        json_set_str(a, j, name, id);
}

uint64_t sim_tiktok_comment(struct sim *sim, struct arena *a, struct sim_item *item, const char *action, int delay_ms)
{
    struct json *content = json_object(a);
    bool below = item->parent != NULL && item->parent->kind == SIM_COMMENT, gone = strcmp(action, "insert") != 0;

    sim_changed(sim);
    set_number(a, content, "comment_id", item->id);
    set_number(a, content, "video_id", item->root);
    if (below)
        set_number(a, content, "parent_comment_id", item->parent->id);
    json_set_str(a, content, "comment_type", below ? STR("reply") : STR("comment"));
    json_set_str(a, content, "comment_action", str_from(action));
    json_set_int(a, content, "timestamp", (gone ? sim_now(sim) : item->at) / SECOND_US);
    json_set_str(a, content, "unique_identifier",
                 item->author != NULL ? item->author->ids[SIM_TIKTOK] : STR(SIM_TIKTOK_OWN));
    json_set_str(a, content, "text", item->text);
    return queue(sim, a, item, "comment.update", content, delay_ms);
}

/* ---- direct messages ---- */

struct str sim_tiktok_talk(struct arena *a, const struct sim_person *person)
{
    unsigned char digest[SHA256_BYTES];

    sha256(person->ids[SIM_TIKTOK], digest); /* base64, with + and / and = */
    return base64_encode(a, digest, 20);
}

static struct json *user_json(struct arena *a, struct str id, const char *role)
{
    struct json *user = json_object(a);

    json_set_str(a, user, "id", id);
    json_set_str(a, user, "role", str_from(role));
    return user;
}

static struct json *talk_json(struct sim *sim, struct arena *a, const struct sim_person *person, bool ours)
{
    struct json *content = json_object(a), *us, *them;

    us = user_json(a, str_from(sim->lines[SIM_TIKTOK].account.account_id), "business_account");
    them = user_json(a, person->ids[SIM_TIKTOK], "personal_account");
    json_set_str(a, content, "conversation_id", sim_tiktok_talk(a, person));
    json_set_str(a, content, "unique_identifier", person->ids[SIM_TIKTOK]);
    json_set_str(a, content, "from", ours ? str_from(sim->config.handle) : person->handle);
    json_set_str(a, content, "to", ours ? person->handle : str_from(sim->config.handle));
    json_set(a, content, "from_user", ours ? us : them);
    json_set(a, content, "to_user", ours ? them : us);
    return content;
}

static void set_kind(struct arena *a, struct json *content, const struct sim_item *item, const char *kind)
{
    struct json *inside = json_object(a);

    if (str_eq(item->media_kind, STR("sticker"))) {
        json_set_str(a, content, kind, STR("sticker"));
    } else if (item->media != NULL) {
        json_set_str(a, content, kind, STR("image"));
        json_set_str(a, inside, "media_id", item->media->id);
        json_set(a, content, "image", inside);
    } else if (str_eq(item->media_kind, STR("unsupported"))) {
        json_set_str(a, content, kind, STR("template"));
    } else {
        json_set_str(a, content, kind, STR("text"));
        json_set_str(a, inside, "body", item->text);
        json_set(a, content, "text", inside);
    }
}

/* TikTok's pictures have no words: those are a message of their own, which stands after it. */
static void queue_words(struct sim *sim, struct arena *a, struct sim_item *item, const char *event)
{
    struct json *words = talk_json(sim, a, item->person, item->author == NULL), *inside = json_object(a);

    json_set_str(a, words, "message_id", str_concat(a, item->id, STR("w")));
    json_set_int(a, words, "timestamp", item->at / 1000 + 1);
    json_set_str(a, words, "type", STR("text"));
    json_set_str(a, inside, "body", item->text);
    json_set(a, words, "text", inside);
    queue(sim, a, item, event, words, 0);
}

struct json *sim_tiktok_message_json(struct sim *sim, struct arena *a, const struct sim_item *item, const char *kind)
{
    bool ours = item->author == NULL;
    struct json *content = talk_json(sim, a, item->person, ours), *tag = json_object(a);

    json_set_str(a, content, "message_id", item->id);
    json_set_int(a, content, "timestamp", item->at / 1000);
    set_kind(a, content, item, kind);
    json_set_str(a, tag, "source", ours ? STR("API") : STR("APP"));
    json_set(a, content, "message_tag", tag);
    return content;
}

uint64_t sim_tiktok_message(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    bool ours = item->author == NULL;
    const char *event = ours ? "im_send_msg" : "im_receive_msg";
    uint64_t serial;

    sim_changed(sim);
    serial = queue(sim, a, item, event, sim_tiktok_message_json(sim, a, item, "type"), delay_ms);
    if (!ours && item->media_kind.len > 0 && item->text.len > 0)
        queue_words(sim, a, item, event);
    return serial;
}

static void tell_seen(struct sim_deed *d)
{
    struct json *content = talk_json(d->sim, d->a, d->person, false), *read = json_object(d->a);

    json_set_int(d->a, read, "last_read_timestamp", sim_now(d->sim) / 1000);
    json_set(d->a, content, "read", read);
    json_set_int(d->a, content, "timestamp", sim_now(d->sim) / 1000);
    queue(d->sim, d->a, d->item, "im_mark_read_msg", content, 0);
}

/* Somebody in Europe wrote: neither who nor what is told. */
static void tell_european(struct sim_deed *d)
{
    queue(d->sim, d->a, d->item, "im_receive_msg_eu", json_object(d->a), 0);
}

/* Of likes, of typing, of blocks and of a direct message that was deleted nobody is told. */
void sim_tiktok_tell(struct sim_deed *d)
{
    bool private = d->item != NULL && d->item->kind == SIM_PRIVATE;

    if (d->verb == SIM_READ && private)
        tell_seen(d);
    else if (d->verb == SIM_WROTE && private && str_eq(d->act->what, STR("message-eu")))
        tell_european(d);
    else if (d->verb == SIM_WROTE && private)
        sim_tiktok_message(d->sim, d->a, d->item, 0);
    else if (d->verb == SIM_WROTE && d->item != NULL)
        sim_tiktok_comment(d->sim, d->a, d->item, "insert", 0);
    else if (d->verb == SIM_REMOVED && d->item != NULL && !private)
        sim_tiktok_comment(d->sim, d->a, d->item, "delete", 0);
}

/* ---- the signature: of this moment, whatever the simulator's clock says ---- */

void sim_tiktok_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    long long now = (long long)(clock_now() / SECOND_US);
    unsigned char digest[SHA256_BYTES];
    struct str hex;

    (void)line;
    hmac_sha256(secret, str_format(a, "%lld.%.*s", now, STR_ARGS(parcel->body)), digest);
    hex = hex_encode(a, digest, sizeof digest);
    sim_parcel_header(parcel, "Tiktok-Signature", str_format(a, "t=%lld,s=%.*s", now, STR_ARGS(hex)));
}
