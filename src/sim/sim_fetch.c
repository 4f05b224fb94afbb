/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the brand only names: LINE, Viber, Twilio and Threads fetch them from its address, as anybody could. */
#include "base/arena.h"
#include "base/crypto.h"
#include "net/client.h"
#include "sim/sim_driver.h"

#define FETCHED_MAX ((size_t)32 << 20)

struct fetching {
    struct sim *sim;
    struct sim_media *media;
};

static void fetched(void *ctx, const struct http_reply *reply)
{
    struct fetching *f = ctx;
    struct sim *sim = f->sim;
    unsigned char digest[SHA256_BYTES];

    sim_lock(sim);
    if (reply->status == 200) {
        sha256(reply->body, digest);
        f->media->mime = sim_copy(sim, pairs_get(&reply->headers, STR("content-type")));
        f->media->bytes = sim_copy(sim, reply->body);
        f->media->sha256 = hex_encode(sim->state, digest, sizeof digest);
        sim_changed(sim);
    }
    sim_unlock(sim);
}

bool sim_is_address(struct str address)
{
    return str_starts(address, STR("https://")) || str_starts(address, STR("http://"));
}

struct sim_media *sim_media_fetch(struct sim_call *c, struct str address, struct str file_name)
{
    struct sim_media *media = sim_media_new(c->sim, c->network, STR_EMPTY, file_name, STR_EMPTY);
    struct fetching *f = ARENA_NEW(c->sim->state, struct fetching);
    struct http_call call = {.method = "GET", .url = address, .reply_max = FETCHED_MAX};

    media->ours = true;
    *f = (struct fetching){.sim = c->sim, .media = media};
    if (!c->sim->closing)
        client_send(c->sim->client, &call, fetched, f); /* answered on the client's thread, once we let go */
    return media;
}
