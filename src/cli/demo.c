/* SPDX-License-Identifier: Apache-2.0 */
/* Filling the house for the demo, once, and tying it to the simulated networks at every start. */
#include "cli/demo.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/embed.h"
#include "base/id.h"
#include "base/log.h"
#include "care/account.h"
#include "care/guide_files.h"
#include "care/asking.h"
#include "care/house.h"
#include "care/import.h"
#include "cli/demo_community.h"
#include "sim/sim.h"
#include "sim/sim_mailbox.h"
#include "store/brand.h"
#include "store/hours.h"

#define DEMO_BRAND "nuvola"

/* How demo/house.jsonl names the channel of a network; the others have nothing to remember. */
static const struct {
    const char *id, *name;
    enum sim_network network;
} demo_channels[] = {
    {"page", "Nuvola Mobile", SIM_FACEBOOK},
    {"x", "@nuvolamobile", SIM_X},
    {"wa", "Nuvola Mobile", SIM_WHATSAPP},
};

struct demo {
    struct arena *arena;
    struct house *house;
    struct sim *sim;
    struct sim_mailbox *mailbox;
    int64_t brand_id;
    int64_t channel_ids[SIM_NETWORKS];
    bool fresh; /* the brand was made now */
    void (*wake)(void *ctx);
    void *wake_ctx;
};

/* ---- the brand and its channels ---- */

static struct str network_of(size_t i)
{
    return str_from(sim_network_name((enum sim_network)i));
}

static struct str name_of(size_t i)
{
    for (size_t k = 0; k < COUNT_OF(demo_channels); k++)
        if ((size_t)demo_channels[k].network == i)
            return str_from(demo_channels[k].name);
    return STR("Nuvola Mobile");
}

static bool channel_tie(struct tx *tx, struct demo *demo, size_t i, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct pairs settings = sim_settings(demo->sim, (enum sim_network)i, a);
    struct channel_row *rows;
    size_t count;
    if (!channel_row_list(tx, a, demo->brand_id, false, &rows, &count, e))
        return false;
    for (size_t k = 0; k < count; k++)
        if (str_eq(rows[k].network, network_of(i))) {
            demo->channel_ids[i] = rows[k].id;
            return account_change(tx, demo->house, demo->brand_id, rows[k].id, rows[k].name, &settings, 0, e);
        }
    return account_add(tx, demo->house, demo->brand_id, network_of(i), name_of(i), &settings, 0,
                       &demo->channel_ids[i], e);
}

/* Letters of the care site go to the demo's own mailbox. No mails are read: the account only sends. */
static bool mail_tie(struct tx *tx, struct demo *demo, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct pair items[] = {{STR("address"), STR("care@nuvola.example")},
                           {STR("smtp_url"), sim_mailbox_url(demo->mailbox, a)},
                           {STR("name"), STR("Nuvola Mobile")}};
    struct pairs settings = {items, COUNT_OF(items)};
    struct channel_row *rows;
    size_t count;
    int64_t id;
    if (!channel_row_list(tx, a, demo->brand_id, false, &rows, &count, e))
        return false;
    for (size_t k = 0; k < count; k++)
        if (str_eq(rows[k].network, STR("email")))
            return account_change(tx, demo->house, demo->brand_id, rows[k].id, rows[k].name, &settings, 0, e);
    return account_add(tx, demo->house, demo->brand_id, STR("email"), STR("care@nuvola.example"), &settings, 0, &id,
                       e);
}

static bool house_tie(struct tx *tx, void *ctx, struct error *e)
{
    struct demo *demo = ctx;
    struct brand brand;
    struct error here = {0};
    demo->fresh = !brand_find(tx, tx_arena(tx), STR(DEMO_BRAND), &brand, &here);
    if (demo->fresh && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (demo->fresh) {
        brand = (struct brand){.id = id_new(),
                               .name = STR(DEMO_BRAND),
                               .title = STR("Nuvola Mobile"),
                               .zone = STR("Europe/Rome"),
                               .language = STR("it"),
                               .hue = 182,
                               .undo_seconds = 5,
                               .created_at = tx_now(tx)};
        if (!brand_add(tx, &brand, e))
            return false;
    }
    demo->brand_id = brand.id;
    for (size_t i = 0; i < SIM_NETWORKS; i++)
        if (!channel_tie(tx, demo, i, e))
            return false;
    return mail_tie(tx, demo, e);
}

/* ---- the people and what they wrote ---- */

static struct str demo_lines(struct arena *a)
{
    static const char *const files[] = {"demo/house.jsonl", "demo/people.jsonl", "demo/conversations-it.jsonl",
                                        "demo/conversations-en.jsonl"};
    struct buf lines;
    buf_init(&lines, a, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        buf_str(&lines, embed_get(str_from(files[i])));
        buf_char(&lines, '\n');
    }
    return buf_view(&lines);
}

static bool house_fill(struct demo *demo, struct str lines, struct error *e)
{
    struct import_channel channels[COUNT_OF(demo_channels)];
    struct import_report report = {0};
    for (size_t i = 0; i < COUNT_OF(demo_channels); i++)
        channels[i] =
            (struct import_channel){str_from(demo_channels[i].id), demo->channel_ids[demo_channels[i].network]};
    struct import_options options = {.brand_id = demo->brand_id,
                                     .format = IMPORT_CONVERSATIONS,
                                     .password = STR(DEMO_PASSWORD),
                                     .channels = channels,
                                     .channel_count = COUNT_OF(demo_channels)};
    if (!import_lines(demo->house, &options, lines, &report, e))
        return false;
    for (size_t i = 0; i < report.problem_count; i++)
        log_warn("demo", "line %zu: %s", report.problems[i].line, report.problems[i].words);
    return true;
}

static bool page_fill(struct tx *tx, const struct demo *demo, struct str language, struct str name, struct str bytes,
                      bool guide, struct error *e)
{
    struct article_file article;
    struct guide_file steps;
    enum article_change change;
    return guide ? guide_file_read(tx_arena(tx), language, bytes, &steps, e) &&
                       guide_import(tx, demo->brand_id, 0, name, &steps, &change, e)
                 : article_file_read(tx_arena(tx), language, bytes, &article, e) &&
                       article_import(tx, demo->brand_id, 0, name, &article, &change, e);
}

/* demo/help/LANGUAGE/NAME.md, and then the guides that lead to them */
static bool help_fill(struct tx *tx, void *ctx, struct error *e)
{
    const struct demo *demo = ctx;
    const struct str folders[] = {STR("demo/help/"), STR("demo/guides/")};
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        for (const struct embed_file *f = embed_files; f->name; f++) {
            struct str path = str_from(f->name), language;
            if (!str_starts(path, folders[i]))
                continue;
            path = str_slice(path, folders[i].len, path.len);
            if (!str_split(&path, '/', &language) ||
                !page_fill(tx, demo, language, str_slice(path, 0, path.len - strlen(".md")),
                           (struct str){f->bytes, f->len}, i > 0, e))
                return false;
        }
    return true;
}

/* Somebody is there at every hour at which one may try it. */
static bool hours_fill(struct tx *tx, void *ctx, struct error *e)
{
    const struct demo *demo = ctx;
    struct opening week[7];
    for (int day = 0; day < (int)COUNT_OF(week); day++)
        week[day] = (struct opening){.weekday = day, .opens = 0, .closes = 24 * 60};
    return opening_put(tx, demo->brand_id, week, COUNT_OF(week), e);
}

/* The networks forget everything when they end: they are told again what was written before. */
static bool demo_fill(struct demo *demo, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str lines = demo_lines(a);
    return (!demo->fresh ||
            (house_fill(demo, lines, e) && db_write(demo->house->db, demo->brand_id, help_fill, demo, e) &&
             db_write(demo->house->db, demo->brand_id, hours_fill, demo, e) &&
             demo_community(demo->house, demo->brand_id, e))) &&
           sim_remember_lines(demo->sim, lines, e);
}

struct demo *demo_open(struct house *house, struct error *e)
{
    struct arena *own = arena_new();
    struct demo *demo = ARENA_NEW(own, struct demo);
    struct sim_config config = sim_config_default;
    config.lenient = true;
    *demo = (struct demo){.arena = own, .house = house, .sim = sim_open(&config, e)};
    demo->mailbox = demo->sim ? sim_mailbox_open(e) : NULL;
    if (demo->mailbox && db_write(house->db, 0, house_tie, demo, e) && demo_fill(demo, e))
        return demo;
    demo_close(demo);
    return NULL;
}

void demo_connect(struct demo *demo, const char *base, void (*wake)(void *ctx), void *ctx)
{
    demo->wake = wake;
    demo->wake_ctx = ctx;
    for (size_t i = 0; i < SIM_NETWORKS; i++) {
        struct str name = network_of(i);
        struct str url =
            str_format(demo->arena, "%s/hooks/%.*s/%lld", base, STR_ARGS(name), (long long)demo->channel_ids[i]);
        struct sim_account account = {.hook_url = str_cstr(demo->arena, url)};
        account_forget(demo->house, demo->channel_ids[i]);
        sim_hook_to(demo->sim, (enum sim_network)i, &account);
    }
}

struct demo_asking {
    int64_t brand, channel;
};

static bool ask_soon(struct tx *tx, void *ctx, struct error *e)
{
    const struct demo_asking *asking = ctx;
    return asking_now(tx, asking->brand, asking->channel, false, tx_now(tx), e);
}

/* Networks that tell nothing are asked every few minutes; who stands in front of the demo should not wait for that.
 */
bool demo_play(void *ctx, struct http_request *req)
{
    struct demo *demo = ctx;
    enum sim_network network;
    struct error e = {0};
    bool unheard = sim_play_is_unheard(req, &network);
    if (sim_mailbox_request(demo->mailbox, req))
        return true;
    if (!sim_play_request(demo->sim, req))
        return false;
    struct demo_asking asking = {demo->brand_id, unheard ? demo->channel_ids[network] : 0};
    if (unheard && db_write(demo->house->db, demo->brand_id, ask_soon, &asking, &e))
        demo->wake(demo->wake_ctx);
    else if (unheard)
        log_warn("demo", "%s", e.message);
    return true;
}

void demo_say(const char *base)
{
    printf("\n"
           "  The desk     %s/desk    sign in as giulia@nuvola.example (Italian)\n"
           "                                            or aisha@nuvola.example (English), password %s\n"
           "  The phone    %s/play    where you are the customer\n"
           "  The mail     %s/play/mail    where letters of the care site arrive\n"
           "\n"
           "  Try first: open both side by side. Write something on the phone; it is on the desk at once.\n"
           "  Say in one line what the person needs, answer, and look at the phone again.\n"
           "\n",
           base, DEMO_PASSWORD, base, base);
}

void demo_close(struct demo *demo)
{
    if (!demo)
        return;
    sim_mailbox_close(demo->mailbox);
    sim_close(demo->sim);
    arena_free(demo->arena);
}
