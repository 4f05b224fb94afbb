/* SPDX-License-Identifier: Apache-2.0 */
/* E-mail: a mailbox is read by IMAP, answers go out by SMTP. The calls are those of net/client.h for mail. A mailbox
 * is asked every minute; a mail is marked as seen only once it is kept here. */
#include "channels/channel_email.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"

extern const struct channel channel_email;

#define A_CALL     "20" /* messages */
#define ANSWER_MAX ((size_t)8 << 20)
#define FETCH_MS   60000

static const struct setting settings[] = {
    {"address", "setting.email.address", "the address people write to", NULL, SETTING_REQUIRED | SETTING_ACCOUNT},
    {"imap_url", "setting.email.imap_url",
     "the mailbox, as imaps://mail.example.com/INBOX; without it nothing is read, and only letters go out", NULL, 0},
    {"smtp_url", "setting.email.smtp_url",
     "the server that sends, as smtps://mail.example.com or smtp://mail.example.com:587", NULL, SETTING_REQUIRED},
    {"user", "setting.email.user", "who signs in there; without it, the address", NULL, 0},
    {"password", "setting.email.password", "the password, best one made for this program alone", NULL,
     SETTING_SECRET},
    {"name", "setting.email.name", "the name people see beside the address", NULL, 0},
    {"signature", "setting.email.signature", "words under every reply", NULL, 0},
    {"mark_seen", "setting.email.mark_seen", "mark mails as read once they are kept here: yes or no", "yes", 0},
    {"letters", "setting.email.letters", "codes and notices of the care site are sent from this address: yes or no",
     "yes", 0},
    {"oauth_url", "setting.email.oauth_url", "where access is renewed, for providers that want OAuth 2", NULL, 0},
    {"client_id", "setting.email.client_id", "the application's OAuth 2 client id", NULL, 0},
    {"client_secret", "setting.email.client_secret", "its client secret", NULL, SETTING_SECRET},
    {"refresh_token", "setting.email.refresh_token", "the refresh token, with which access is renewed", NULL,
     SETTING_SECRET},
    {"access_token", "setting.email.access_token", "the access token of the moment", NULL,
     SETTING_SECRET | SETTING_KEPT},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "email",
     .label = "door.email.email",
     .unit = LENGTH_CHARACTERS,
     .attachments = true,
     .attachment_max = 25 << 20},
    {0},
};

static const struct listing listings[] = {
    {.name = "inbox", .label = "listing.email.inbox", .doors = {"email"}, .every_seconds = 60},
    {0},
};

/* ---- in ---- */

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    (void)a;
    email_read(events, body, settings_get(s, "address"), false, &(struct place){NULL, "mail", -1});
    return channel_read(events, e);
}

/* "UID BYTES FLAGS\n"; false at the end, or where it is no frame. */
static bool frame_next(struct str *rest, int64_t *uid, struct str *bytes, struct str *flags)
{
    struct str line, part;
    int64_t len;
    if (!str_split(rest, '\n', &line) || !str_split(&line, ' ', &part) || !str_int64(part, uid) || *uid <= 0 ||
        !str_split(&line, ' ', &part) || !str_int64(part, &len) || len < 0 || (uint64_t)len > rest->len)
        return false;
    *flags = line;
    *bytes = str_slice(*rest, 0, (size_t)len);
    *rest = str_slice(*rest, (size_t)len, rest->len);
    return true;
}

static bool is_on(const struct settings *s, const char *name)
{
    struct str value = settings_get(s, name);
    return !str_eq_nocase(value, STR("no")) && !str_eq_nocase(value, STR("off")) && !str_eq(value, STR("0"));
}

static void sign_in(struct arena *a, const struct settings *s, struct http_call *call)
{
    struct str user = settings_get(s, "user"), token = settings_get(s, "access_token");
    call_header(a, call, "user", user.len ? user : settings_get(s, "address"));
    if (token.len)
        call_header(a, call, "bearer", token);
    else
        call_header(a, call, "password", settings_get(s, "password"));
}

static bool mailbox_call(struct arena *a, const struct settings *s, const char *method, struct http_call *call,
                         struct error *e)
{
    if (!settings_get(s, "imap_url").len)
        return fail(e, ERR_NOT_FOUND, "No mailbox is read here: this account only sends.");
    if (!settings_get(s, "password").len && !settings_get(s, "access_token").len)
        return fail(e, ERR_UNAUTHENTICATED, "Neither a password nor access is set for this mailbox.");
    *call = (struct http_call){.method = method, .url = settings_get(s, "imap_url"), .timeout_ms = FETCH_MS};
    sign_in(a, s, call);
    return true;
}

/* "21-Nov-2026", a day before: servers keep days of their own. */
static struct str day_before(struct arena *a, int64_t at)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct clock_parts p = clock_split(at - DAY_US, NULL);
    return str_format(a, "%d-%s-%04d", p.day, months[(p.month - 1) % 12], p.year);
}

/* The cursor is "UIDVALIDITY:UID"; what is handed over within a round "seen 0 3,5" (more to come: 1). */
static bool ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                struct error *e)
{
    struct str uid = asking->cursor, validity = STR_EMPTY, carry = asking->carry, part;
    bool marks = str_starts(carry, STR("seen "));
    if (!mailbox_call(a, s, marks ? "SEEN" : "FETCH", call, e))
        return false;
    (void)str_split(&uid, ':', &validity);
    call_header(a, call, "validity", validity);
    if (marks) {
        for (int i = 0; i < 2; i++)
            (void)str_split(&carry, ' ', &part);
        call_header(a, call, "uids", carry);
        return true;
    }
    call->reply_max = ANSWER_MAX;
    call_header(a, call, "after", uid);
    call_header(a, call, "since", day_before(a, asking->since));
    call_header(a, call, "most", STR(A_CALL));
    call_header(a, call, "size-max", str_format(a, "%zu", EMAIL_SIZE_MAX));
    return true;
}

static void mailbox_failed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    enum failure failure = FAILURE_TRANSIENT;
    switch (reply->status) {
    case 401: failure = FAILURE_TOKEN; break;
    case 403:
    case 404: failure = FAILURE_PERMISSION; break;
    default: break;
    }
    struct str words = reply->status ? str_dup(a, reply->body) : str_from(reply->problem);
    if (!words.len)
        words = STR("The mail server did not say why.");
    outcome_fail(a, out, failure, reply->status ? str_format(a, "IMAP %d", reply->status) : STR("no answer"), words);
}

/* The mailbox says that it came since; what it says itself of its day is a clock that goes wrong, or a mail that was
 * laid in the mailbox now. It must not be taken for one from before this house. */
static void came_now(struct channel_events *events, size_t from, int64_t since)
{
    for (size_t i = from; i < events->count; i++)
        if (events->items[i].kind == CHANNEL_MESSAGE && events->items[i].at < since - 3 * DAY_US)
            events->items[i].at = 0;
}

static void frames_read(const struct settings *s, const struct asking *asking, struct str rest,
                        struct channel_events *events, struct buf *uids)
{
    struct str account = settings_get(s, "address");
    struct str bytes, flags;
    int64_t uid;
    while (rest.len) {
        if (!frame_next(&rest, &uid, &bytes, &flags)) {
            channel_unread(events, &(struct place){NULL, "mailbox", -1}, "gave an answer that ends too early");
            return;
        }
        size_t before = events->count;
        email_read(events, bytes, account, str_find_char(flags, 'H') >= 0,
                   &(struct place){NULL, "mail", (ptrdiff_t)uid});
        came_now(events, before, asking->since);
        if (str_find_char(flags, 'S') < 0)
            buf_format(uids, "%s%" PRId64, uids->len ? "," : "", uid);
    }
}

static void asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    *out = (struct asked){0};
    outcome_accept(a, &out->outcome, STR_EMPTY);
    if (str_starts(asking->carry, STR("seen "))) { /* a mailbox that does not let us mark is read all the same */
        out->more = str_starts(asking->carry, STR("seen 1 ")) && reply->status != 0;
        return;
    }
    if (reply->status != 200) {
        mailbox_failed(a, reply, &out->outcome);
        return;
    }
    struct buf uids;
    buf_init(&uids, a, 64);
    frames_read(s, asking, reply->body, events, &uids);
    struct str validity = pairs_get(&reply->headers, STR("uidvalidity")),
               last = pairs_get(&reply->headers, STR("last"));
    bool more = str_eq(pairs_get(&reply->headers, STR("more")), STR("1"));
    if (validity.len && last.len)
        out->cursor = str_format(a, "%.*s:%.*s", STR_ARGS(validity), STR_ARGS(last));
    out->more = more;
    if (uids.len && is_on(s, "mark_seen")) {
        out->more = true;
        out->carry = str_format(a, "seen %d %.*s", more, STR_ARGS(buf_view(&uids)));
    }
}

/* ---- out ---- */

static bool mail_call(struct arena *a, const struct settings *s, struct str to, struct http_call *call,
                      struct error *e)
{
    struct str from = settings_get(s, "address");
    if (!email_is_address(to) || !email_is_address(from))
        return fail(e, ERR_BAD_INPUT, "\"%.*s\" is no address a mail can go to.",
                    STR_ARGS(str_slice(email_is_address(from) ? to : from, 0, 100)));
    if (!settings_get(s, "password").len && !settings_get(s, "access_token").len && settings_get(s, "user").len)
        return fail(e, ERR_UNAUTHENTICATED, "Neither a password nor access is set for this mailbox.");
    *call = (struct http_call){.method = "SEND", .url = settings_get(s, "smtp_url"), .timeout_ms = FETCH_MS};
    sign_in(a, s, call);
    call_header(a, call, "from", from);
    call_header(a, call, "to", to);
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_email, m, e) || !mail_call(a, s, m->to, call, e))
        return false;
    call->body = email_write(a, s, m);
    return true;
}

static bool letter(struct arena *a, const struct settings *s, const struct letter_mail *mail, struct http_call *call,
                   struct error *e)
{
    if (!is_on(s, "letters"))
        return fail(e, ERR_NOT_FOUND, "Letters do not go out from this address.");
    if (!mail_call(a, s, mail->to, call, e))
        return false;
    call->body = email_write_letter(a, s, mail);
    return true;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    if (reply->status >= 200 && reply->status < 300) {
        outcome_accept(a, out, email_our_id(a, m));
        return;
    }
    if (reply->status == 0) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("no answer"), str_from(reply->problem));
        return;
    }
    struct str status = email_status(reply->body);
    struct str words = reply->body.len ? reply->body : STR("The mail server did not say why.");
    outcome_fail(a, out, email_failure(reply->status, reply->body),
                 status.len ? str_format(a, "%d/%.*s", reply->status, STR_ARGS(status))
                            : str_format(a, "SMTP %d", reply->status),
                 words);
}

/* ---- access ---- */

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str token = settings_get(s, "refresh_token"), url = settings_get(s, "oauth_url");
    if (!token.len || !url.len)
        return fail(e, ERR_NOT_FOUND, "Access by password is not renewed.");
    const struct pair fields[] = {{STR("grant_type"), STR("refresh_token")},
                                  {STR("refresh_token"), token},
                                  {STR("client_id"), settings_get(s, "client_id")},
                                  {STR("client_secret"), settings_get(s, "client_secret")}};
    struct pair *items = ARENA_ARRAY(a, struct pair, COUNT_OF(fields));
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (fields[i].value.len)
            items[count++] = fields[i];
    oauth_call(a, url, STR_EMPTY, STR_EMPTY, &(struct pairs){items, count}, call);
    return true;
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    return oauth_tokens(a, "The mail provider", reply, 3600, 86400, changed, out);
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    if (!mailbox_call(a, s, "FETCH", call, e))
        return false;
    call_header(a, call, "most", STR("0"));
    call->timeout_ms = 0;
    return true;
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    if (reply->status == 200)
        outcome_accept(a, out, STR_EMPTY);
    else
        mailbox_failed(a, reply, out);
}

const struct channel channel_email = {
    .name = "email",
    .label = "E-mail",
    .icon = "mail",
    .aliases = {"mail", "imap"},
    .settings = settings,
    .doors = doors,
    .forgeable = true,
    .honest = "honest.email",
    .listings = listings,
    .guide_steps = 3,
    .receive = receive,
    .send = send,
    .answer = answer,
    .letter = letter,
    .renew = renew,
    .renewed = renewed,
    .ask = ask,
    .asked = asked,
    .probe = probe,
    .probed = probed,
};
