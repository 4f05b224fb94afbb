/* SPDX-License-Identifier: Apache-2.0 */
/* A channel adapter is one file that ends with one `const struct channel channel_NAME`. It is pure: bytes in, events
 * out; an outgoing message in, an HTTP call out; an HTTP answer in, an outcome out. It never sees the database, opens
 * no socket and keeps no state. The registry (channel_find, channel_all) is made by the build from the file names.
 *
 *   webhook bytes → verify → receive → struct channel_event …
 *   struct outgoing → send → HTTP call → answer → struct outcome (accepted with the network's id, or a class of
 * failure)
 *
 * Everything a network may change (limits, windows, API versions, hosts) is data in the descriptor. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "base/unicode.h"
#include "base/url.h"

struct arena;
struct error;
struct http_call;
struct http_reply;

/* Failures by what they mean for the colleague; each has its behaviour on screen (docs/channels.md). */
enum failure {
    FAILURE_NONE,
    FAILURE_TOKEN,      /* channel paused, admin told */
    FAILURE_PERMISSION, /* role or scope lost: as token, other words */
    FAILURE_RATE,       /* waits retry_after, then goes on by itself */
    FAILURE_WINDOW,     /* the reply window is closed: words kept, other doors offered */
    FAILURE_BLOCKED,    /* the person cannot be reached here: flagged, not retried */
    FAILURE_GONE,       /* what we answer was deleted */
    FAILURE_CONTENT,    /* too long, refused media or policy: to be changed by the author */
    FAILURE_TRANSIENT,  /* retried with back-off */
    FAILURE_COUNT
};
const char *failure_name(enum failure f); /* "token" … */

/* ---- doors: the ways a reply can go out ---- */

enum door_kind {
    DOOR_PUBLIC,  /* a comment or post everybody reads */
    DOOR_PRIVATE, /* a one-time private reply to a public comment */
    DOOR_DIRECT,  /* the network's direct messages */
};

struct door {
    enum door_kind kind;
    const char *name;  /* stable key, stored with messages: "comment", "private_reply", "messenger", "dm" … */
    const char *label; /* locale key, "door.facebook.comment" */
    enum length_unit unit;
    int limit;             /* in unit; 0: none known */
    int url_weight;        /* shown by the composer; 0: as written */
    int window_hours;      /* after the person's last message (DIRECT) or the comment (PRIVATE); 0: no window */
    int human_hours;       /* longer window for human answers (Messenger HUMAN_AGENT); 0: none */
    bool once;             /* one message only for each message answered */
    bool reply_needed;     /* must answer a message of theirs (parent id) */
    bool attachments;      /* images and files can be sent */
    size_t attachment_max; /* bytes */
    bool by_address;       /* … by an address of ours from which the network fetches them */
    bool approved;         /* outside its window, words approved beforehand still go */
    bool rewritten;   /* who wrote answers by changing what they wrote: then it waits again, and its window begins */
    int units;        /* of the network's quota one reply costs */
    const char *shut; /* nothing can be sent here at all: a word, why is the text shut.<network>.<word>; or NULL */
};

/* ---- settings: the admin form, `channel add --set` and `channel networks` are made from this ---- */

enum setting_flags {
    SETTING_REQUIRED = 1,
    SETTING_SECRET = 2,
    SETTING_ACCOUNT = 4, /* says which account is ours, as the network's events name it */
    SETTING_KEPT = 8,    /* written by the program (a renewed token's end): no form shows it */
};
/* A setting of this name, kept by the program, says until when (seconds since 1970) access can be renewed without a
 * person: administrators are told in time. */
#define SETTING_CONSENT_UNTIL "consent_until"
struct setting {
    const char *name;      /* "app_secret" */
    const char *label;     /* locale key */
    const char *help;      /* one English sentence for the command line; the page uses label.".help" */
    const char *otherwise; /* default value, or NULL */
    unsigned flags;
};
struct settings {
    struct pairs values; /* defaults filled in */
};
struct str settings_get(const struct settings *settings, const char *name);

/* ---- in: webhooks ---- */

struct hook {
    struct str method; /* "GET" or "POST" */
    struct str url;    /* as the network called it, query included; a proxy of ours said scheme and host */
    struct pairs query;
    struct pairs headers; /* names in lower case */
    struct str body;      /* raw bytes */
    int64_t at;           /* when it came, for signatures that grow stale; 0: unknown, they are not held against it */
};

enum channel_event_kind {
    CHANNEL_MESSAGE,   /* they wrote, or (echo) we did */
    CHANNEL_EDIT,      /* external_id now has this text */
    CHANNEL_DELETE,    /* external_id was removed by its author or the network */
    CHANNEL_RECEIPT,   /* our message external_id reached receipt */
    CHANNEL_READ_UPTO, /* all ours in thread_key until `at` reached receipt (delivered or read) */
    CHANNEL_REACTION,  /* a like: shown, never waits */
    CHANNEL_TYPING,
    CHANNEL_RIGHTS,  /* the network took our access away (token revoked) */
    CHANNEL_LEFT,    /* the author cannot be reached here any more: blocked us, unsubscribed, opted out */
    CHANNEL_BACK,    /* and can be again */
    CHANNEL_IGNORED, /* understood, and of no matter to care (a follow, a profile change) */
};
enum message_kind {
    MESSAGE_TEXT,
    MESSAGE_IMAGE,
    MESSAGE_VIDEO,
    MESSAGE_AUDIO,
    MESSAGE_FILE,
    MESSAGE_STICKER,
    MESSAGE_LOCATION,
    MESSAGE_CONTACT,
    MESSAGE_POSTBACK,    /* a button or quick reply they pressed */
    MESSAGE_UNSUPPORTED, /* kept; shown as "open on the network", with note saying what it is */
};
const char *message_kind_name(enum message_kind kind); /* "text" … */
enum receipt { RECEIPT_NONE, RECEIPT_SENT, RECEIPT_DELIVERED, RECEIPT_READ, RECEIPT_FAILED };

struct channel_media {
    enum message_kind kind;
    struct str url;      /* to fetch at once (links expire), or empty */
    struct str media_id; /* to ask the network for (WhatsApp), or empty */
    struct str mime, file_name, sha256;
    struct str bytes; /* where the message itself holds the file: nothing is fetched */
};

/* What a message came from, as the network says beside it. */
struct channel_origin {
    const char *kind; /* "ad", "post", "link", "product", "forwarded", "forwarded_often", "group"; "held" (back by the
                       * network), "held_spam"; "device", "android", "app_version"; "article" of our own help */
    struct str words; /* of the ad or the post; which link, product, device, version; may be empty */
    struct str link;  /* http or https; may be empty */
};

struct channel_author {
    struct str external_id;   /* the network's own id of the person, as text; empty when the network hides it */
    struct str also_known_as; /* a second id of the same person (WhatsApp: user_id beside the phone); may be empty */
    struct str handle;        /* without @ */
    struct str name;
    struct str phone; /* E.164 without +, when the network gives it */
    struct str avatar_url;
};

struct channel_event {
    enum channel_event_kind kind;
    struct str dedupe;       /* the network's key for at-least-once delivery; unique within the channel */
    struct str account;      /* ours: page id, phone number id, X user id; may be empty */
    struct str external_id;  /* the message it is about */
    struct str new_id;       /* an edit: the id the message has from now on, where the network gives it a new one */
    struct str parent_id;    /* the message it answers; may be empty */
    struct str thread_key;   /* where the talk happens: "post:<id>", "dm:<person id>" */
    struct str thread_title; /* words of the post, when the network says them */
    struct str door;         /* name of the door through which it came */
    bool is_public;
    bool echo;                    /* our own message coming back */
    bool standby;                 /* another application holds the thread: shown, answering is theirs */
    bool automatic;               /* a machine answered in the person's place: shown, and nobody waits */
    bool again;                   /* it can be seen (again) since `at`: what took it away before that is over */
    struct channel_author author; /* for an echo: the person it went to */
    int64_t at;                   /* the network's time, microseconds; 0: unknown */
    bool at_exact;                /* it counts milliseconds: a whole second is one by chance */
    int64_t as_of;                /* a list shows these words of it at this moment: where others are stored, it was
                                   * edited; 0: the words may be older */
    enum message_kind message;
    struct str text;   /* clean UTF-8 */
    struct str note;   /* what an unsupported message was, the emoji of a reaction (empty: taken back), a
                        * failure's words, what an ignored event was */
    struct str link;   /* address of the message on the network */
    struct str lookup; /* the network only names it: what `lookup` is to ask for, in the adapter's own words; else
                        * empty */
    const char *shut;  /* the network takes no answer to this one through its own door (X: nobody called us): a
                        * word, why is the text shut.<network>.<word>; or NULL */
    struct str reply_token; /* our metadata coming back in an echo; may be empty */
    struct channel_media *media;
    size_t media_count;
    struct channel_origin *origins;
    size_t origin_count;
    enum receipt receipt;
    enum failure failure; /* RECEIPT_FAILED: its class */
};
struct channel_events {
    struct arena *arena;
    struct channel_event *items;
    size_t count, cap;
    /* parts of the payload that could not be read: kept under "Could not read" with this reason while the rest of
     * the batch is taken in */
    struct str unread;
};
/* Adds a zeroed event. */
struct channel_event *channel_events_add(struct channel_events *events);

/* ---- words approved beforehand ---- */

/* Words that a network approved once and lets through where a reply window is closed (WhatsApp's message templates).
 * The fields in them, {{1}} or {{name}}, are filled in by the colleague who sends. */
struct approved {
    struct str name, language;   /* together they say which */
    struct str head, body, foot; /* head and foot may be empty */
};
struct approved_list {
    struct arena *arena;
    struct approved *items;
    size_t count, cap;
    struct str next; /* cursor of the page that follows; empty: none */
};
/* Adds one, not zeroed. */
struct approved *approved_add(struct approved_list *list);
/* Cuts off what stands before the next field, and the field; false at the end, then *before is the rest. */
bool approved_field(struct str *rest, struct str *before, struct str *field);
/* The fields of a text in the order they come, each once. */
size_t approved_fields(struct arena *a, struct str text, struct str **fields);
/* The text with its fields filled: values by field. */
struct str approved_fill(struct arena *a, struct str text, const struct pairs *values);

/* ---- out ---- */

/* A reply made of approved words: which, and what fills the fields of head and body, in their order. */
struct outgoing_approved {
    struct str name, language;
    struct pairs head, body;
};

struct outgoing_media {
    struct str mime, file_name, bytes;
    struct str address; /* of ours, from which it can be fetched; "" where the house has no public one */
};
struct outgoing {
    struct str door;      /* name */
    struct str to;        /* the person's external id */
    struct str account;   /* ours */
    struct str parent_id; /* the message we answer; may be empty for DIRECT */
    struct str thread_key;
    struct str thread_title; /* as the events of the thread called it; may be empty */
    struct str text;
    struct str idempotency_key; /* the same on every attempt */
    int64_t answered_at;        /* time of their last message through this door: for windows */
    int64_t now;
    const struct outgoing_media *media;       /* at most one */
    const struct outgoing_approved *approved; /* instead of words of their own; text is what it comes to */
    int step;                                 /* 0 first; grows while answer says OUTCOME_NEXT */
    struct str carry;                         /* what answer handed over for this step */
};
enum outcome_kind { OUTCOME_ACCEPTED, OUTCOME_NEXT, OUTCOME_FAILED };
struct outcome {
    enum outcome_kind kind;
    struct str external_id; /* accepted: the network's id of our message */
    struct str carry;       /* next */
    enum failure failure;
    int retry_seconds; /* rate and transient, when the network said so; else 0 */
    struct str words;  /* the network's own words, short, for the colleague and the admin */
    struct str code;   /* "190/463" */
    struct str person; /* accepted, of a private reply to a comment: whom it reached, as the network names them in its
                        * direct messages; or empty */
    int units;         /* accepted: what it cost, where that is not door.units; else 0 */
};

/* ---- letters: small mails that the house itself writes (docs/adr/0021), no messages of a conversation ---- */

struct letter_mail {
    struct str to, subject;
    struct str text, html; /* the same, twice */
    struct str language;
    struct str stop; /* an address that ends letters of this kind by one POST (RFC 8058); or empty */
    struct str key;  /* the same on every attempt */
    int64_t now;
};

/* ---- asking: what the network lists ---- */

/* A list that the network gives when it is asked: the only way in where it sends no webhooks, and how gaps are found
 * and filled where it does. It is asked in rounds; a round is one call, or several that hand over to each other. */
struct listing {
    const char *name;     /* stable key, kept with its cursor: "mentions", "dms" */
    const char *label;    /* locale key, "listing.x.mentions" */
    const char *doors[3]; /* names of the doors whose messages it lists */
    int every_seconds;    /* from one round to the next, when nothing is wrong */
    bool hooked;          /* webhooks tell of the same: what a round finds first has come late */
    bool complete;        /* what a round that says so (asked.from) does not list any more was removed */
    bool by_thread;       /* … but only where it lists something of the same thread_key */
    int reach_hours;      /* how far back the network lists; 0: everything */
    int first_hours;      /* how far back the first round of a new account goes; 0: 48 */
    int units;            /* of the network's quota one call costs */
};
struct asking {
    const struct listing *listing;
    struct str cursor; /* as the answers before left it, in the adapter's own words; empty at first */
    int64_t since;     /* nothing older need be listed: when the last complete round began, or as first_hours says */
    int64_t now;
    bool whole; /* as far back as `since`, also where the cursor would spare it: what is gone is looked for */
    int step;   /* 0 first; grows while answers say more */
    struct str carry;
};
struct asked {
    struct str cursor; /* kept in the transaction that stores this answer's events; empty: as it was */
    bool more;         /* the round goes on, with carry */
    struct str carry;
    int64_t from;           /* at the end of a round: all that the network lists since then was in it; 0: not so */
    struct outcome outcome; /* OUTCOME_FAILED: why there is nothing to read; the round ends */
    int units;              /* what the call cost, where the answer says so; 0: as listing.units */
};
/* How much may be asked and sent; 0 units: the network counts none. */
struct quota {
    int units, period_seconds;
    const char *zone;  /* periods of a day begin at midnight here */
    const char *money; /* units are thousandths of this currency ("USD") and nothing ends: what was spent this month
                        * is shown. NULL: units are the network's own */
};
/* How long the network's terms let what it told be kept unless it is told anew; 0: no such rule. What a colleague
 * wrote, and that something was written and when, stays. */
struct keeping {
    int words_hours;  /* words and media */
    int people_hours; /* names, handles, pictures */
};

/* A message that a webhook only named: its words are asked for. */
struct lookup {
    struct str what; /* as the event said */
    struct str external_id, parent_id, thread_key, door, account;
    int step; /* 0 first; grows while looked_up says OUTCOME_NEXT */
    struct str carry;
};

/* One way of an administrator to the network and back (RFC 6749, RFC 7636). */
struct consent {
    struct str redirect_uri;
    struct str state;     /* comes back with the code */
    struct str verifier;  /* PKCE: told when the code is exchanged … */
    struct str challenge; /* … and its S256 at first */
};

struct channel {
    const char *name;               /* "facebook": folder of /hooks, --network */
    const char *label;              /* "Facebook" */
    const char *icon;               /* name of the line drawing */
    const char *aliases[4];         /* other names --network and /hooks take ("messenger") */
    const struct setting *settings; /* ends with a NULL name */
    const struct door *doors;       /* ends with a NULL name */
    const char *honest;             /* locale key of what this network cannot do, or NULL */
    const char *headers[4];         /* of a webhook, in lower case: those that verify looks at */
    const char *ack, *ack_type;     /* what a webhook is answered; NULL: "ok", as plain text */
    bool by_get;                    /* its webhooks are GETs: what stands behind the "?" is their body */
    const struct listing *listings; /* ends with a NULL name; NULL: the network lists nothing */
    struct quota quota;
    int lookup_units; /* of it one look-up costs */
    struct keeping keeping;
    bool archive;   /* the network is no more: it names what was imported, nobody connects to it, nothing is
                     * called; settings are empty then, and of the functions below only send and answer are there */
    bool home;      /* the brand's own care site: it is there by itself, nobody connects it, and nothing is called:
                     * a reply is at its place once it is stored; settings are kept by pages of its own, and as
                     * above */
    bool forgeable; /* anybody can write there in the name of another: what comes from an account proves nobody */
    const char
        *notice;     /* the door through which a short notice goes: to who wrote here before, within the door's window
                      * where it has one; where it is forgeable, to an address that was confirmed; or NULL */
    int guide_steps; /* what to do at the network to connect: the texts guide.<name>.1 and so on */

    /* GET on the webhook: fills the exact bytes to answer, or fails (ERR_FORBIDDEN for a wrong token). NULL when the
     * network has no handshake. */
    bool (*handshake)(struct arena *a, const struct settings *settings, const struct hook *hook, struct str *reply,
                      struct str *content_type, struct error *e);
    /* The signature over the raw bytes, in constant time. ERR_FORBIDDEN when it is missing or wrong. NULL: the
     * network sends no webhooks. */
    bool (*verify)(const struct settings *settings, const struct hook *hook, struct error *e);
    /* ERR_MALFORMED when nothing can be read: the payload is then kept whole. Never partly fills and fails. */
    bool (*receive)(struct arena *a, const struct settings *settings, struct str body, struct channel_events *events,
                    struct error *e);
    /* The call that delivers m (at step m->step). Fails with ERR_BAD_INPUT for what this network cannot send, and
     * with ERR_UNAUTHENTICATED when no access token is set (as FAILURE_TOKEN). */
    bool (*send)(struct arena *a, const struct settings *settings, const struct outgoing *m, struct http_call *call,
                 struct error *e);
    void (*answer)(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out);
    /* The call that sends a letter through this account; `answer` reads what came of it, for an outgoing message with
     * the letter's key. ERR_NOT_FOUND when the account is not to be used for letters. NULL: the network has none. */
    bool (*letter)(struct arena *a, const struct settings *settings, const struct letter_mail *letter,
                   struct http_call *call, struct error *e);
    /* The call that fetches media. Where media->url is set, step 0 fetches the bytes; where only media->media_id is,
     * step 0 asks for the address and step 1 fetches the bytes: carry is then that answer's `url`, or the whole
     * answer. An answer to step 0 that is no JSON is the bytes themselves. NULL when media->url can be fetched as it
     * is. */
    bool (*media)(struct arena *a, const struct settings *settings, const struct channel_media *media, int step,
                  struct str carry, struct http_call *call, struct error *e);
    /* The call that asks for the words approved for this account, a page at a time (after: its cursor, empty at
     * first), and how to read its answer. NULL when the network approves none. */
    bool (*approved)(struct arena *a, const struct settings *settings, struct str after, struct http_call *call,
                     struct error *e);
    void (*approved_read)(struct arena *a, const struct http_reply *reply, struct approved_list *list,
                          struct outcome *out);
    /* The call that asks for the name of who writes in private, where webhooks say only an id, and how to read its
     * answer (name stays empty when the network does not say). NULL: not needed, or not possible. */
    bool (*profile)(struct arena *a, const struct settings *settings, struct str external_id, struct http_call *call,
                    struct error *e);
    void (*profiled)(struct arena *a, const struct http_reply *reply, struct channel_author *author,
                     struct outcome *out);
    /* The call that asks for the words of a message of which the webhook brought only ids (event.lookup), and its
     * answer: accepted, with one event that is the message as a webhook with words would have told it; or why it
     * cannot be had. NULL: webhooks bring words. */
    bool (*lookup)(struct arena *a, const struct settings *settings, const struct lookup *lookup,
                   struct http_call *call, struct error *e);
    void (*looked_up)(struct arena *a, const struct settings *settings, const struct lookup *lookup,
                      const struct http_reply *reply, struct channel_events *events, struct outcome *out);
    /* Access that runs out (X: after two hours) and is renewed by the program. The call; it fails with ERR_NOT_FOUND
     * when the settings have not what it takes. Then the settings that change, and for how many seconds the access
     * lasts; 0 when it was refused, and out says why. Where settings change all the same (what renews was refused,
     * and the next call begins anew with a password), they are kept and renew is called once more. NULL: access
     * lasts. */
    bool (*renew)(struct arena *a, const struct settings *settings, struct http_call *call, struct error *e);
    int (*renewed)(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out);
    /* One call of a round of asking. ERR_NOT_FOUND when this account has not what it takes (a setting, a right): the
     * list is left out, with these words. Then the events of its answer. Both NULL without listings. */
    bool (*ask)(struct arena *a, const struct settings *settings, const struct asking *asking, struct http_call *call,
                struct error *e);
    void (*asked)(struct arena *a, const struct settings *settings, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out);
    /* OAuth 2: the network's page where an administrator agrees, and the call that makes tokens of the code it sends
     * back; `renewed` reads its answer. NULL: tokens are pasted. */
    bool (*consent)(struct arena *a, const struct settings *settings, const struct consent *consent, struct str *url,
                    struct error *e);
    bool (*consented)(struct arena *a, const struct settings *settings, const struct consent *consent,
                      struct str code, struct http_call *call, struct error *e);
    /* A cheap call that proves token and rights (the health probe), and how to read its answer. */
    bool (*probe)(struct arena *a, const struct settings *settings, struct http_call *call, struct error *e);
    void (*probed)(struct arena *a, const struct http_reply *reply, struct outcome *out);
};

/* By name or alias; NULL when there is none. */
const struct channel *channel_find(struct str name);
const struct channel *const *channel_all(size_t *count);
/* Whether a brand connects an account of it: not where it is closed, nor where it is our own. */
bool channel_connects(const struct channel *channel);
/* By name; NULL when there is none. */
const struct door *channel_door(const struct channel *channel, struct str name);
/* By name; NULL when there is none. */
const struct listing *channel_listing(const struct channel *channel, struct str name);
/* Reads an answer to asking once more, of which the bytes were kept. ERR_MALFORMED as receive. */
bool channel_asked_again(struct arena *a, const struct channel *channel, const struct settings *settings,
                         const struct asking *asking, struct str body, struct channel_events *events,
                         struct error *e) MUST_USE;
/* Fills defaults, refuses unknown names and missing required ones (ERR_BAD_INPUT naming them). */
bool settings_make(struct arena *a, const struct channel *channel, const struct pairs *given, struct settings *out,
                   struct error *e) MUST_USE;
