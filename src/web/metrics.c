/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what is counted and writing it out. Where the database cannot be reached, what does not need it is still
 * told. */
#include "web/metrics.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/asking.h"
#include "care/backups.h"
#include "care/house.h"
#include "net/http.h"
#include "net/pool.h"
#include "store/brand.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/shelf.h"
#include "web/app.h"
#include "web/hooks.h"

struct metrics {
    struct app *app;
    struct http_request *req;
    struct arena *arena;
    struct buf text;
    struct brand_metrics *brands;
    size_t brand_count;
    struct backup_state backup;
    int64_t came; /* monotonic */
};

struct brand_metrics {
    struct brand brand;
    int64_t people[CONVERSATION_STATES], longest_since, unread;
    struct channel_row *channels;
    size_t channel_count;
    struct outbox_count *outbox;
    size_t outbox_count;
    struct asking_row *lists;
    size_t list_count;
    struct quota_state *quotas; /* by channel */
};

/* ---- reading ---- */

static bool quotas_read(struct tx *tx, struct arena *a, struct brand_metrics *m, struct error *e)
{
    m->quotas = ARENA_ARRAY(a, struct quota_state, m->channel_count + 1);
    for (size_t i = 0; i < m->channel_count; i++) {
        struct account account = {.row = m->channels[i], .channel = channel_find(m->channels[i].network)};
        if (account.channel && !quota_state_read(tx, &account, clock_now(), &m->quotas[i], e))
            return false;
    }
    return true;
}

static bool brand_read(struct tx *tx, struct arena *a, struct brand_metrics *m, struct error *e)
{
    struct message longest;
    struct error none = {0};
    int64_t id = m->brand.id;
    for (int state = 0; state < CONVERSATION_STATES; state++)
        if (!tally_get(tx, id, -1, (enum conversation_state)state, &m->people[state], e))
            return false;
    if (message_longest_waiting(tx, a, id, &longest, &none))
        m->longest_since = longest.received_at;
    else if (none.code != ERR_NOT_FOUND)
        return fail(e, none.code, "%s", none.message);
    return payload_unread_count(tx, id, &m->unread, e) &&
           channel_row_list(tx, a, id, false, &m->channels, &m->channel_count, e) &&
           outbox_census(tx, a, id, &m->outbox, &m->outbox_count, e) &&
           asking_row_list(tx, a, id, 0, &m->lists, &m->list_count, e) && quotas_read(tx, a, m, e);
}

static bool brands_read(struct tx *tx, void *ctx, struct error *e)
{
    struct metrics *m = ctx;
    struct brand *list;
    if (!brand_list(tx, m->arena, false, &list, &m->brand_count, e))
        return false;
    m->brands = ARENA_ARRAY(m->arena, struct brand_metrics, m->brand_count + 1);
    for (size_t i = 0; i < m->brand_count; i++) {
        m->brands[i] = (struct brand_metrics){.brand = list[i]};
        if (!brand_read(tx, m->arena, &m->brands[i], e))
            return false;
    }
    return backup_state_read(tx, m->arena, &m->backup, e);
}

/* ---- writing ---- */

static void head(struct buf *b, const char *name, const char *kind, const char *help)
{
    buf_format(b, "# HELP ascolto_%s %s\n# TYPE ascolto_%s %s\n", name, help, name, kind);
}

static void metric(struct buf *b, const char *name, const char *kind, const char *help, double value)
{
    head(b, name, kind, help);
    buf_format(b, "ascolto_%s %.17g\n", name, value);
}

static void histogram(struct buf *b, const char *name, const char *help, const struct histogram *h,
                      const int64_t bounds[HISTOGRAM_BOUNDS], double unit)
{
    uint64_t total = 0;
    head(b, name, "histogram", help);
    for (int i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        total += atomic_load(&h->counts[i]);
        if (i < HISTOGRAM_BOUNDS)
            buf_format(b, "ascolto_%s_bucket{le=\"%.6g\"} %llu\n", name, (double)bounds[i] * unit,
                       (unsigned long long)total);
    }
    buf_format(b, "ascolto_%s_bucket{le=\"+Inf\"} %llu\nascolto_%s_sum %.9g\nascolto_%s_count %llu\n", name,
               (unsigned long long)total, name, (double)atomic_load(&h->sum) * unit, name, (unsigned long long)total);
}

/* A value of a label: a quote, a backslash or a line's end would end it. */
static struct str label(struct arena *a, struct str value)
{
    struct buf b;
    buf_init(&b, a, value.len + 8);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\n') {
            buf_cstr(&b, "\\n");
            continue;
        }
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            buf_char(&b, '\\');
        buf_char(&b, value.ptr[i]);
    }
    return buf_view(&b);
}

static double seconds_since(int64_t at)
{
    int64_t now = clock_now();
    return at && now > at ? (double)(now - at) / (double)SECOND_US : 0;
}

/* Resident bytes of this process (Linux: the second number of /proc/self/statm, in pages). */
static double resident(void)
{
    long all = 0, here = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%ld %ld", &all, &here) != 2)
        here = 0;
    if (file)
        fclose(file);
    return (double)here * (double)sysconf(_SC_PAGESIZE);
}

/* What stands between the two is the allocator's: room for what comes next. */
static double allocated(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void write_server(struct metrics *m)
{
    struct buf *b = &m->text;
    struct http_stats stats = http_server_stats(m->app->server);
    metric(b, "requests_total", "counter", "Requests answered.", (double)stats.requests);
    metric(b, "requests_stayed_total", "counter", "Pages answered at once, without a worker: nothing else was to do.",
           (double)stats.stayed);
    metric(b, "responses_5xx_total", "counter", "Answers that were our fault.", (double)stats.responses_5xx);
    metric(b, "connections", "gauge", "Open connections.", stats.connections);
    metric(b, "connections_refused_total", "counter", "Connections that were too many, of one address or in all.",
           (double)stats.refused);
    metric(b, "clients_too_slow_total", "counter", "Connections and pages let go: they sent or took too slowly.",
           (double)stats.late);
    metric(b, "streams", "gauge", "Open pages listening to events.", stats.streams);
    metric(b, "uptime_seconds", "gauge", "Since the start.", seconds_since(m->app->started_at));
    metric(b, "cpu_seconds_total", "counter", "Processor time used.", cpu_seconds());
    metric(b, "resident_bytes", "gauge", "Memory in use.", resident());
    metric(b, "allocated_bytes", "gauge", "Of it, what the program asked for and has not given back.", allocated());
    struct hook_stats hooks = hooks_stats();
    metric(b, "webhooks_stored_total", "counter", "Webhooks answered after their messages were on disk.",
           (double)hooks.stored);
    metric(b, "webhooks_refused_total", "counter", "Webhooks refused (signature, address, form).",
           (double)hooks.refused);
    metric(b, "webhooks_unavailable_total", "counter", "Webhooks told to come again (503).",
           (double)hooks.unavailable);
    metric(b, "webhook_events_total", "counter", "Messages, edits, receipts … in the webhooks stored.",
           (double)hooks.events);
}

static void write_database(struct metrics *m)
{
    struct buf *b = &m->text;
    const struct db *db = m->app->house->db;
    const struct db_stats *stats = db_stats(db);
    head(b, "database_up", "gauge", "1 while the database answers.");
    buf_format(b, "ascolto_database_up{engine=\"%s\"} %d\n", stats->engine, !db_is_away(db));
    metric(b, "database_cache_bytes", "gauge", "Of the allocated memory, what keeps pages of the database's file.",
           (double)db_memory(db));
    metric(b, "commands_waiting", "gauge", "Changes that wait for the writer.", (double)atomic_load(&stats->waiting));
    metric(b, "batches_refused_total", "counter", "Batches that could not be stored.",
           (double)atomic_load(&stats->refused));
    histogram(b, "batch_commands", "Changes in one commit.", &stats->batch, histogram_sizes, 1);
    histogram(b, "commit_seconds", "A batch from its beginning until it is durable.", &stats->commit, histogram_times,
              1e-6);
    histogram(b, "read_seconds", "A read of the database (one page has one or a few).", &stats->read, histogram_times,
              1e-6);
}

static void write_people(struct metrics *m)
{
    struct buf *b = &m->text;
    head(b, "conversations", "gauge", "Conversations by state.");
    for (size_t i = 0; i < m->brand_count; i++)
        for (int state = 0; state < CONVERSATION_STATES; state++)
            buf_format(b, "ascolto_conversations{brand=\"%.*s\",state=\"%s\"} %lld\n",
                       STR_ARGS(label(m->arena, m->brands[i].brand.name)),
                       conversation_state_name((enum conversation_state)state),
                       (long long)m->brands[i].people[state]);
    head(b, "oldest_wait_seconds", "gauge", "How long the longest-waiting message has waited; 0: nobody waits.");
    for (size_t i = 0; i < m->brand_count; i++)
        buf_format(b, "ascolto_oldest_wait_seconds{brand=\"%.*s\"} %.0f\n",
                   STR_ARGS(label(m->arena, m->brands[i].brand.name)), seconds_since(m->brands[i].longest_since));
    head(b, "payloads_unread", "gauge", "What networks sent and could not be read.");
    for (size_t i = 0; i < m->brand_count; i++)
        buf_format(b, "ascolto_payloads_unread{brand=\"%.*s\"} %lld\n",
                   STR_ARGS(label(m->arena, m->brands[i].brand.name)), (long long)m->brands[i].unread);
}

static void write_channel(struct metrics *m, const char *name, const struct brand_metrics *brand,
                          const struct channel_row *row, double value)
{
    buf_format(&m->text, "ascolto_%s{brand=\"%.*s\",channel=\"%lld\",network=\"%.*s\"} %.17g\n", name,
               STR_ARGS(label(m->arena, brand->brand.name)), (long long)row->id, STR_ARGS(row->network), value);
}

static double channel_on(const struct channel_row *row)
{
    return str_eq(row->state, STR("on"));
}

static double channel_failed(const struct channel_row *row)
{
    return row->failure.len > 0;
}

static double channel_circuit(const struct channel_row *row)
{
    return row->rate_until > clock_now() ? 2 : account_stumbles(row);
}

static double channel_quiet(const struct channel_row *row)
{
    return row->last_in_at ? seconds_since(row->last_in_at) : (double)NAN;
}

static void write_channels(struct metrics *m, const char *name, const char *help,
                           double (*value)(const struct channel_row *row))
{
    head(&m->text, name, "gauge", help);
    for (size_t i = 0; i < m->brand_count; i++)
        for (size_t k = 0; k < m->brands[i].channel_count; k++)
            write_channel(m, name, &m->brands[i], &m->brands[i].channels[k], value(&m->brands[i].channels[k]));
}

/* A list of a channel that is there. */
static void write_lists(struct metrics *m, const char *name, const char *help,
                        double (*value)(const struct asking_row *row))
{
    bool counts = str_ends(str_from(name), STR("_total"));
    head(&m->text, name, counts ? "counter" : "gauge", help);
    for (size_t i = 0; i < m->brand_count; i++)
        for (size_t k = 0; k < m->brands[i].list_count; k++)
            for (size_t c = 0; c < m->brands[i].channel_count; c++)
                if (m->brands[i].channels[c].id == m->brands[i].lists[k].channel_id)
                    buf_format(&m->text,
                               "ascolto_%s{brand=\"%.*s\",channel=\"%lld\",network=\"%.*s\",list=\"%.*s\"} %.17g\n",
                               name, STR_ARGS(label(m->arena, m->brands[i].brand.name)),
                               (long long)m->brands[i].lists[k].channel_id,
                               STR_ARGS(m->brands[i].channels[c].network), STR_ARGS(m->brands[i].lists[k].listing),
                               value(&m->brands[i].lists[k]));
}

static double list_rounds(const struct asking_row *row)
{
    return (double)row->rounds;
}

static double list_failed(const struct asking_row *row)
{
    return (double)row->failed;
}

static double list_late(const struct asking_row *row)
{
    return (double)row->late;
}

static double list_withdrawn(const struct asking_row *row)
{
    return (double)row->withdrawn;
}

static double list_age(const struct asking_row *row)
{
    return row->checked_until ? seconds_since(row->checked_until) : (double)NAN;
}

static void write_asking(struct metrics *m)
{
    write_lists(m, "list_rounds_total", "Rounds in which a network was asked for a list.", list_rounds);
    write_lists(m, "list_failures_total", "Of them, those that failed.", list_failed);
    write_lists(m, "list_late_total", "Messages found by asking that a webhook should have brought.", list_late);
    write_lists(m, "list_withdrawn_total", "Messages withdrawn because their network lists them no more.",
                list_withdrawn);
    write_lists(m, "list_age_seconds", "Since the last complete round began.", list_age);
    head(&m->text, "quota_units", "gauge", "Units of the network's quota in this period.");
    for (size_t i = 0; i < m->brand_count; i++)
        for (size_t k = 0; k < m->brands[i].channel_count; k++)
            if (m->brands[i].quotas[k].all)
                write_channel(m, "quota_units", &m->brands[i], &m->brands[i].channels[k],
                              (double)m->brands[i].quotas[k].all);
    head(&m->text, "quota_used", "gauge", "Of them, those used by asking and by replies.");
    for (size_t i = 0; i < m->brand_count; i++)
        for (size_t k = 0; k < m->brands[i].channel_count; k++)
            if (m->brands[i].quotas[k].all)
                write_channel(m, "quota_used", &m->brands[i], &m->brands[i].channels[k],
                              (double)(m->brands[i].quotas[k].asked + m->brands[i].quotas[k].replied));
    head(&m->text, "network_spent", "gauge", "Spent this month with a network that is paid by use, in its currency.");
    for (size_t i = 0; i < m->brand_count; i++)
        for (size_t k = 0; k < m->brands[i].channel_count; k++)
            if (m->brands[i].quotas[k].money)
                write_channel(m, "network_spent", &m->brands[i], &m->brands[i].channels[k],
                              (double)(m->brands[i].quotas[k].asked + m->brands[i].quotas[k].replied) / 1000);
}

static void write_outbox(struct metrics *m)
{
    struct buf *b = &m->text;
    head(b, "outbox", "gauge", "Replies that are not with their network yet, by state.");
    for (size_t i = 0; i < m->brand_count; i++)
        for (size_t k = 0; k < m->brands[i].outbox_count; k++)
            buf_format(b, "ascolto_outbox{brand=\"%.*s\",channel=\"%lld\",state=\"%.*s\"} %lld\n",
                       STR_ARGS(label(m->arena, m->brands[i].brand.name)),
                       (long long)m->brands[i].outbox[k].channel_id, STR_ARGS(m->brands[i].outbox[k].state),
                       (long long)m->brands[i].outbox[k].n);
    head(b, "outbox_age_seconds", "gauge", "Age of the oldest reply that is ready or under way.");
    for (size_t i = 0; i < m->brand_count; i++) {
        int64_t oldest = 0;
        for (size_t k = 0; k < m->brands[i].outbox_count; k++) {
            const struct outbox_count *c = &m->brands[i].outbox[k];
            bool moves = str_eq(c->state, STR("ready")) || str_eq(c->state, STR("sending"));
            if (moves && (!oldest || c->oldest_id < oldest))
                oldest = c->oldest_id;
        }
        buf_format(b, "ascolto_outbox_age_seconds{brand=\"%.*s\"} %.0f\n",
                   STR_ARGS(label(m->arena, m->brands[i].brand.name)), oldest ? seconds_since(id_time(oldest)) : 0);
    }
}

static void write_backup(struct metrics *m)
{
    if (m->backup.at)
        metric(&m->text, "backup_age_seconds", "gauge", "Since the last scheduled backup that was made.",
               seconds_since(m->backup.at));
    if (m->backup.at || m->backup.failed_at)
        metric(&m->text, "backup_failed", "gauge", "1 while scheduled backups fail.",
               m->backup.failed_at > m->backup.at);
}

static void metrics_run(void *ctx)
{
    struct metrics *m = ctx;
    buf_init(&m->text, m->arena, 8192);
    bool read = app_in_time(m->app, m->came, NULL) && db_read(m->app->house->db, brands_read, m, NULL);
    write_server(m);
    write_database(m);
    if (read) {
        write_people(m);
        write_channels(m, "channel_on", "1 while the channel is on, 0 while it is paused.", channel_on);
        write_channels(m, "channel_failed", "1 while its last failure stands.", channel_failed);
        write_channels(m, "channel_circuit",
                       "0: replies go; 1: one is tried at a time, its network stumbled; 2: none is sent for a while.",
                       channel_circuit);
        write_channels(m, "channel_quiet_seconds", "Since the network's last word.", channel_quiet);
        write_asking(m);
        write_outbox(m);
        write_backup(m);
    }
    http_respond(m->req, 200, STR("text/plain; version=0.0.4; charset=utf-8"), buf_view(&m->text));
}

void metrics_handle(struct app *app, struct http_request *req)
{
    struct metrics *m = ARENA_NEW(req->arena, struct metrics);
    *m = (struct metrics){.app = app, .req = req, .arena = req->arena, .came = clock_monotonic()};
    if (pool_run(app->workers, metrics_run, m))
        return;
    struct error busy = {.code = ERR_UNAVAILABLE, .message = "Too much at once: please try again in a moment."};
    http_set_header(req, "Retry-After", STR("2"));
    http_respond_error(req, &busy);
}
