/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching what people attached, at once: links of networks expire. Stored once by content hash. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/account.h"
#include "jobs/jobs_internal.h"
#include "store/event.h"
#include "store/message.h"

#define MEDIA_BYTES_MAX    (26 * 1024 * 1024)
#define MEDIA_ATTEMPTS_MAX 6
#define BUSY_MAX           255

struct fetch {
    struct arena *arena;
    int64_t brand;
    struct attachment attachment;
    struct message message;
    struct str bytes, mime;
    bool removed;
};

static bool fetch_prepare(struct tx *tx, void *ctx, struct error *e)
{
    struct fetch *f = ctx;
    if (!attachment_by_id(tx, f->arena, f->brand, f->attachment.id, &f->attachment, e) ||
        !message_by_id(tx, f->arena, f->brand, f->attachment.message_id, &f->message, e))
        return false;
    f->removed = f->message.deleted_at != 0 || !str_eq(f->attachment.state, STR("pending"));
    return true;
}

/* What a network may send us to show: anything else is offered as a file to save. */
static struct str mime_clean(struct arena *a, struct str mime)
{
    ptrdiff_t end = str_find_char(mime, ';');
    mime = str_lower(a, str_trim(end >= 0 ? str_slice(mime, 0, (size_t)end) : mime));
    return mime.len && mime.len < 100 ? mime : STR("application/octet-stream");
}

static bool fetch_write(struct tx *tx, void *ctx, struct error *e)
{
    struct fetch *f = ctx;
    struct attachment now;
    if (!attachment_by_id(tx, f->arena, f->brand, f->attachment.id, &now, e))
        return false;
    if (!str_eq(now.state, STR("pending")))
        return true;
    if (f->bytes.len && !blob_put(tx, f->brand, f->attachment.hash, f->attachment.mime, f->bytes, e))
        return false;
    struct event event = {.brand_id = f->brand,
                          .kind = STR("message.media"),
                          .conversation_id = f->message.conversation_id,
                          .subject_id = f->message.id,
                          .at = tx_now(tx)};
    return attachment_update(tx, &f->attachment, e) && event_add(tx, &event, e);
}

static void fetch_failed(struct fetch *f, struct str why)
{
    struct attachment *t = &f->attachment;
    t->attempts++;
    t->problem = why;
    t->next_at = clock_now() + (INT64_C(5) << t->attempts) * SECOND_US;
    if (t->attempts >= MEDIA_ATTEMPTS_MAX)
        t->state = STR("failed");
}

static void fetch_stored(struct fetch *f, struct str bytes, struct str mime)
{
    unsigned char digest[SHA256_BYTES];
    struct attachment *t = &f->attachment;
    sha256(bytes, digest);
    f->bytes = bytes;
    t->hash = hex_encode(f->arena, digest, sizeof digest);
    t->mime = mime_clean(f->arena, mime.len ? mime : t->mime);
    t->size = (int64_t)bytes.len;
    t->state = STR("stored");
    t->problem = STR_EMPTY;
}

/* What stands between "://" and the path: host, port, and perhaps a name to sign in with. */
static struct str host_of(struct str url)
{
    ptrdiff_t scheme = str_find(url, STR("://"));
    if (scheme < 0)
        return STR_EMPTY;
    size_t from = (size_t)scheme + 3, end = from;
    while (end < url.len && !memchr("/?#\\", url.ptr[end], 4))
        end++;
    return str_slice(url, from, end);
}

/* 2130706433, 0x7f000001 and 127.1 are addresses too: a name does not end in a number. */
static bool is_number(struct str host)
{
    size_t end = 0, from;
    while (end < host.len && host.ptr[end] != ':')
        end++;
    end -= end > 0 && host.ptr[end - 1] == '.';
    for (from = end; from > 0 && host.ptr[from - 1] != '.';)
        from--;
    struct str last = str_slice(host, from, end);
    bool digits = last.len > 0;
    for (size_t i = 0; i < last.len; i++)
        digits &= last.ptr[i] >= '0' && last.ptr[i] <= '9';
    return digits || str_starts(last, STR("0x")) || str_starts(last, STR("0X"));
}

bool media_address_allowed(struct str url, struct str api_base)
{
    struct str host = host_of(url);
    if (host.len && str_eq(host, host_of(api_base)))
        return true;
    return host.len && !is_number(host) && host.ptr[0] != '[' && host.ptr[0] != '.' && str_find_char(host, '@') < 0 &&
           !str_starts(host, STR("localhost"));
}

/* Where a network points to a file (Twilio): asked for once, with nothing that says who we are. */
static bool fetch_onwards(struct worker *worker, struct fetch *f, const struct account *account,
                          struct http_reply *reply, struct error *e)
{
    struct http_call call = {.method = "GET", .url = str_dup(f->arena, pairs_get(&reply->headers, STR("location")))};
    bool web = str_starts(call.url, STR("https://")) || str_starts(call.url, STR("http://"));
    if (!web || !media_address_allowed(call.url, settings_get(&account->settings, "api_base")))
        return fail(e, ERR_FORBIDDEN, "The file is at an address that is not fetched.");
    call.reply_max = MEDIA_BYTES_MAX;
    call.timeout_ms = 30000;
    jobs_call(worker, f->arena, &call, reply);
    return true;
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool fetch_call(struct worker *worker, struct fetch *f, const struct account *account,
                       const struct channel_media *media, struct http_reply *reply, struct error *e)
{
    struct http_call call = {.method = "GET", .url = media->url};
    struct str carry = STR_EMPTY;
    for (int step = 0; step < 2; step++) {
        bool adapter = account->channel->media != NULL;
        if (adapter && !account->channel->media(f->arena, &account->settings, media, step, carry, &call, e))
            return false;
        if (!media_address_allowed(call.url, settings_get(&account->settings, "api_base")))
            return fail(e, ERR_FORBIDDEN, "The file is at an address that is not fetched.");
        call.reply_max = MEDIA_BYTES_MAX;
        call.timeout_ms = 30000;
        jobs_call(worker, f->arena, &call, reply);
        if (is_redirect(reply->status) && !fetch_onwards(worker, f, account, reply, e))
            return false;
        if (reply->status != 200)
            return fail(e, ERR_NETWORK, "The network answered %d.", reply->status);
        if (media->media_id.len == 0 || step == 1)
            return true;
        struct json *answer = json_parse(f->arena, reply->body, NULL);
        if (!answer) /* the bytes themselves */
            return true;
        carry = json_text(json_get(answer, "url"));
        if (!carry.len) /* said in a way of the network's own */
            carry = reply->body;
    }
    return true;
}

static void fetch_one(struct worker *worker, struct arena *a, void *ctx)
{
    struct fetch *f = ctx;
    struct error e = {0};
    struct http_reply reply = {0};
    (void)a;
    const struct account *account = account_get(worker->jobs->house, f->message.channel_id, &e);
    struct channel_media media = {
        .url = f->attachment.url, .media_id = f->attachment.media_id, .mime = f->attachment.mime};
    if (account && fetch_call(worker, f, account, &media, &reply, &e))
        fetch_stored(f, reply.body, pairs_get(&reply.headers, STR("content-type")));
    else
        fetch_failed(f, str_dup(f->arena, str_from(e.message)));
    account_release(worker->jobs->house, account);
    if (!jobs_write(worker, f->brand, fetch_write, f, &e)) {
        jobs_log("media", &e);
        lane_rest(worker);
    }
}

struct media_due {
    struct arena *arena;
    int64_t brand, busy[BUSY_MAX];
    size_t busy_count;
    struct attachment *list;
    size_t count;
};

static bool media_read(struct tx *tx, void *ctx, struct error *e)
{
    struct media_due *due = ctx;
    return attachment_due(tx, due->arena, due->brand, tx_now(tx), due->busy, due->busy_count, &due->list, &due->count,
                          e);
}

/* Begins to fetch it beside the others; where its channel or network has enough under way, the rest of the channel
 * waits for a later turn. True when something changed. */
static bool fetch_begin(struct worker *worker, struct media_due *due, int64_t attachment)
{
    struct arena *own = arena_new();
    struct fetch *f = ARENA_NEW(own, struct fetch);
    struct error e = {0};
    *f = (struct fetch){.arena = own, .brand = due->brand, .attachment = {.id = attachment}};
    if (!db_read(worker->jobs->house->db, fetch_prepare, f, &e) || f->removed) {
        jobs_log("media", &e);
        arena_free(own);
        return false;
    }
    int64_t channel = f->message.channel_id;
    const struct account *account = account_get(worker->jobs->house, channel, &e);
    const void *network = account ? account->channel : NULL;
    account_release(worker->jobs->house, account);
    if (lane_start(worker, channel, network, own, fetch_one, f))
        return true;
    arena_free(own);
    for (size_t i = 0; i < due->busy_count; i++)
        if (due->busy[i] == channel)
            return false;
    if (due->busy_count == BUSY_MAX)
        return false;
    due->busy[due->busy_count++] = channel;
    return true;
}

static void brand_media(struct worker *worker, struct arena *a, int64_t brand)
{
    struct media_due due = {.arena = a, .brand = brand};
    due.busy_count = lanes_busy(worker, due.busy, BUSY_MAX);
    for (bool more = true; more && !worker_ends(worker);) {
        struct error e = {0};
        more = false;
        if (!db_read(worker->jobs->house->db, media_read, &due, &e)) {
            jobs_log("media", &e);
            return;
        }
        for (size_t i = 0; i < due.count && !worker_ends(worker); i++)
            more |= fetch_begin(worker, &due, due.list[i].id);
    }
}

void media_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t b = 0; b < count; b++)
        brand_media(worker, a, brands[b].id);
}
