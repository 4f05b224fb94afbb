/* SPDX-License-Identifier: Apache-2.0 */
/* Short messages through an SMS gateway of one's own, Kannel: what comes is told by GETs (sms-service), what goes is
 * asked of its smsbox (sendsms), and what became of it is told by GETs again (dlr-url). Kannel signs nothing: its
 * calls carry a password. Facts: the user guide of Kannel 1.4.5, and the gateway itself. */
#include "channels/channel_internal.h"

#include "base/arena.h"
#include "base/buf.h"

#define HOOK_USER "ascolto"
#define SENT      "sent:" /* our number behind it: the name that we give a message, since Kannel gives none */
#define DLR_MASK  "27"    /* delivered 1, not delivered 2, handed to the network 8, refused by it 16 */

extern const struct channel channel_kannel;

static const struct setting settings[] = {
    {"username", "setting.kannel.username", "name of the sendsms-user, as in Kannel's configuration", NULL,
     SETTING_REQUIRED},
    {"password", "setting.kannel.password", "its password", NULL, SETTING_REQUIRED | SETTING_SECRET},
    {"hook_password", "setting.kannel.hook_password",
     "a password of yours, in Kannel's get-url as http://" HOOK_USER ":PASSWORD@…: letters and digits", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"number", "setting.kannel.number", "our number, as Kannel names it", NULL, SETTING_ACCOUNT},
    {"report_url", "setting.kannel.report_url",
     "this channel's webhook address as Kannel reaches it: there it tells what became of our messages", NULL, 0},
    {"letters", "setting.kannel.letters",
     "codes and notices of the care site are sent from this number, at its price: yes or no", "no", 0},
    {"api_base", "setting.kannel.api_base", "address of the smsbox, its sendsms-port", "http://127.0.0.1:13013", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT, .name = "sms", .label = "door.kannel.sms", .unit = LENGTH_SMS, .limit = 1530},
    {0},
};

/* ---- in ---- */

static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str given = pairs_get(&hook->headers, STR("authorization")), password = settings_get(s, "hook_password");
    struct str both = str_concat(a, STR(HOOK_USER ":"), password);
    if (!given.len || !password.len)
        return fail(e, ERR_FORBIDDEN, "No name and password are in the address that Kannel calls.");
    if (!same_secret(given, str_concat(a, STR("Basic "), base64_encode(a, both.ptr, both.len))))
        return fail(e, ERR_FORBIDDEN, "The name and password in the address that Kannel calls are not ours.");
    return true;
}

static void add_point(struct buf *out, uint32_t c)
{
    if (c >= 0x800)
        buf_char(out, (char)(0xe0 | c >> 12));
    if (c >= 0x80)
        buf_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
    buf_char(out, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
}

static void add_far_point(struct buf *out, uint32_t high, uint32_t low)
{
    uint32_t c = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
    buf_char(out, (char)(0xf0 | c >> 18));
    buf_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
    buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
    buf_char(out, (char)(0x80 | (c & 0x3f)));
}

static struct str from_utf16(struct arena *a, struct str bytes)
{
    struct buf out;
    buf_init(&out, a, bytes.len * 2);
    for (size_t i = 0; i + 1 < bytes.len; i += 2) {
        const unsigned char *at = (const unsigned char *)bytes.ptr + i;
        uint32_t c = (uint32_t)at[0] << 8 | at[1], next = i + 3 < bytes.len ? (uint32_t)at[2] << 8 | at[3] : 0;
        if (c >= 0xd800 && c < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            add_far_point(&out, c, next);
            i += 2;
        } else {
            add_point(&out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
        }
    }
    return buf_view(&out);
}

static struct str from_windows(struct arena *a, struct str bytes)
{
    static const uint16_t high[32] = {0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
                                      0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};
    struct buf out;
    buf_init(&out, a, bytes.len * 2);
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        add_point(&out, c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c);
    }
    return buf_view(&out);
}

/* Kannel hands the words over in the alphabet in which they came, and says which. */
static struct str words_of(struct arena *a, const struct pairs *said)
{
    struct str text = pairs_get(said, STR("text")), charset = str_lower(a, pairs_get(said, STR("charset")));
    bool wide = str_starts(charset, STR("utf-16")) || str_starts(charset, STR("ucs"));
    bool windows = str_starts(charset, STR("windows-1252")) || str_starts(charset, STR("iso-8859-1"));
    if (wide)
        text = from_utf16(a, text);
    else if (windows)
        text = from_windows(a, text);
    return str_trim(text_clean(a, text));
}

static struct str part(struct arena *a, const struct pairs *said, const char *name)
{
    struct str value = text_clean(a, str_trim(pairs_get(said, str_from(name))));
    return value.len <= 128 ? value : STR_EMPTY;
}

static struct channel_event *add(struct arena *a, struct channel_events *events, enum channel_event_kind kind,
                                 struct str them, struct str us)
{
    struct channel_event *out = channel_events_add(events);
    int64_t digits;
    size_t sign = str_starts(them, STR("+")) ? 1 : str_starts(them, STR("00")) ? 2 : 0;
    struct str number = str_slice(them, sign, them.len);
    out->kind = kind;
    out->account = us;
    out->author.external_id = them;
    if (sign && number.len > 7 && str_int64(number, &digits) && digits > 0) /* others are of one country, or names */
        out->author.phone = number;
    out->thread_key = str_concat(a, STR("dm:"), them);
    out->door = STR("sms");
    return out;
}

/* report: what became of the message that we called `sent`. */
static bool read_report(struct arena *a, const struct pairs *said, struct channel_events *events, struct error *e)
{
    static const struct {
        const char *report;
        enum receipt receipt;
    } known[] = {{"1", RECEIPT_DELIVERED}, {"2", RECEIPT_FAILED}, {"8", RECEIPT_SENT}, {"16", RECEIPT_FAILED}};
    struct str report = part(a, said, "report"), sent = part(a, said, "sent"), reason = part(a, said, "reason");
    enum receipt receipt = RECEIPT_NONE;
    if (!sent.len)
        return fail(e, ERR_MALFORMED, "The report does not say of which message (sent)");
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(report, str_from(known[i].report)))
            receipt = known[i].receipt;
    struct channel_event *out =
        add(a, events, receipt ? CHANNEL_RECEIPT : CHANNEL_IGNORED, part(a, said, "from"), part(a, said, "to"));
    out->dedupe = DEDUPE(a, "r", sent, report);
    out->external_id = sent;
    if (str_starts(sent, STR(SENT)))
        out->reply_token = str_slice(sent, sizeof SENT - 1, sent.len);
    out->receipt = receipt;
    out->note = receipt ? STR_EMPTY : str_format(a, "report %.*s", STR_ARGS(report));
    if (receipt == RECEIPT_FAILED) { /* its time is over, or the network refused it: not to this phone, now */
        out->failure = FAILURE_BLOCKED;
        out->note = reason.len ? reason : STR("It was not delivered.");
    }
    return true;
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct pairs said = url_query(a, body);
    struct str from = part(a, &said, "from"), id = part(a, &said, "id"), at = part(a, &said, "at");
    int64_t seconds;
    (void)s;
    if (pairs_get(&said, STR("report")).len)
        return read_report(a, &said, events, e);
    if (!from.len)
        return fail(e, ERR_MALFORMED, "It has no from: not a call of Kannel's sms-service");
    struct channel_event *out = add(a, events, CHANNEL_MESSAGE, from, part(a, &said, "to"));
    out->external_id = id.len ? id : dedupe_hash(a, body);
    out->dedupe = DEDUPE(a, "m", out->external_id);
    out->at = str_int64(at, &seconds) && seconds > 0 ? clock_from_epoch(seconds) : 0;
    if (!str_eq(part(a, &said, "coding"), STR("1")))
        out->text = words_of(a, &said);
    if (!out->text.len) {
        out->message = MESSAGE_UNSUPPORTED;
        out->note = STR("a message without words, or of bytes");
    }
    return true;
}

/* ---- out ---- */

static struct str name_of(struct arena *a, const struct outgoing *m)
{
    return m->idempotency_key.len ? str_concat(a, STR(SENT), m->idempotency_key) : STR_EMPTY;
}

/* Where Kannel reports, with the name and password of its calls; %d and %A it fills in. */
static struct str report_address(struct arena *a, const struct settings *s, const struct outgoing *m)
{
    struct str url = settings_get(s, "report_url"), password = url_encode(a, settings_get(s, "hook_password"));
    ptrdiff_t scheme = str_find(url, STR("://"));
    if (scheme < 0 || !m->idempotency_key.len)
        return STR_EMPTY;
    size_t from = (size_t)scheme + 3;
    return str_format(a, "%.*s" HOOK_USER ":%.*s@%.*s%sreport=%%d&sent=%.*s&reason=%%A",
                      STR_ARGS(str_slice(url, 0, from)), STR_ARGS(password), STR_ARGS(str_slice(url, from, url.len)),
                      str_find_char(url, '?') < 0 ? "?" : "&", STR_ARGS(url_encode(a, name_of(a, m))));
}

static void add_field(struct buf *url, const char *name, struct str value)
{
    buf_char(url, str_find_char(buf_view(url), '?') < 0 ? '?' : '&');
    buf_cstr(url, name);
    buf_char(url, '=');
    buf_url(url, value);
}

static void start(struct arena *a, const struct settings *s, struct buf *url)
{
    buf_init(url, a, 512);
    buf_str(url, api_base(s));
    buf_cstr(url, "/cgi-bin/sendsms");
    add_field(url, "username", settings_get(s, "username"));
    add_field(url, "password", settings_get(s, "password"));
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    struct str number = settings_get(s, "number"), report = report_address(a, s, m);
    struct buf url;
    if (!outgoing_door(a, &channel_kannel, m, e))
        return false;
    start(a, s, &url);
    add_field(&url, "to", m->to);
    if (number.len)
        add_field(&url, "from", number);
    add_field(&url, "text", m->text);
    add_field(&url, "charset", STR("UTF-8"));
    add_field(&url, "coding", text_is_gsm(m->text) ? STR("0") : STR("2"));
    if (report.len) {
        add_field(&url, "dlr-mask", STR(DLR_MASK));
        add_field(&url, "dlr-url", report);
    }
    *call = (struct http_call){.method = "GET", .url = buf_view(&url)};
    return true;
}

/* Kannel says in words what it means. */
static void read_failure(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    static const struct {
        const char *words;
        enum failure failure;
    } known[] = {{"authorization failed", FAILURE_TOKEN}, {"not routable", FAILURE_BLOCKED},
                 {"receiver", FAILURE_BLOCKED},           {"sender missing", FAILURE_PERMISSION},
                 {"temporal failure", FAILURE_TRANSIENT}, {"temporary failure", FAILURE_TRANSIENT},
                 {"queued for later", FAILURE_TRANSIENT}};
    struct str words = str_trim(text_clean(a, reply->body)), lower = str_lower(a, words);
    outcome_by_status(a, out, reply);
    if (!reply->status || !words.len || str_starts(words, STR("<")))
        return;
    enum failure failure = reply->status == 403 ? FAILURE_TOKEN : out->failure;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_find(lower, str_from(known[i].words)) >= 0) {
            failure = known[i].failure;
            break;
        }
    outcome_fail(a, out, failure, str_format(a, "HTTP %d", reply->status), words);
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    if (reply->status >= 200 && reply->status <= 299)
        outcome_accept(a, out, name_of(a, m)); /* Kannel gives none that it would report by */
    else
        read_failure(a, reply, out);
}

/* A message to nobody is refused; with the right password for that reason. */
static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct buf url;
    (void)e;
    start(a, s, &url);
    *call = (struct http_call){.method = "GET", .url = buf_view(&url)};
    return true;
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    bool let_in = reply->status == 400 && str_find(str_lower(a, reply->body), STR("receiver")) >= 0;
    if (let_in)
        outcome_accept(a, out, STR_EMPTY);
    else if (reply->status >= 200 && reply->status <= 299)
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("probe"), STR("That was no answer of Kannel's."));
    else
        read_failure(a, reply, out);
}

const struct channel channel_kannel = {
    .name = "kannel",
    .label = "SMS (Kannel)",
    .icon = "sms",
    .settings = settings,
    .doors = doors,
    .honest = "honest.kannel",
    .headers = {"authorization"},
    .ack = "",
    .ack_type = "text/plain",
    .by_get = true,
    .forgeable = true,
    .notice = "sms",
    .guide_steps = 4,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .probe = probe,
    .probed = probed,
};
