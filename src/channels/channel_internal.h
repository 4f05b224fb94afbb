/* SPDX-License-Identifier: Apache-2.0 */
/* What the adapters of this folder share: reading payloads with a word on where something was wrong, and
 * building calls. Not for other folders. */
#pragma once

#include "channels/channel.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "net/client.h"

/* ---- reading ---- */

/* Where we are in a payload, told from the leaf: {&up, "messages", 2} is "….messages[2]"; index -1 is no
 * element. Lives on the stack, and costs nothing until something has to be said. */
struct place {
    const struct place *up;
    const char *name;
    ptrdiff_t index;
};
/* A webhook's JSON. A byte that is no UTF-8 costs its letter (U+FFFD) and not the message: networks and what lies
 * between them and us do cut words in half. */
struct json *channel_json(struct arena *a, struct str body, struct error *e) MUST_USE;
/* Notes in events->unread that this part could not be read, and why. After ten reasons only their number
 * grows. */
void channel_unread(struct channel_events *events, const struct place *at, const char *format, ...) FORMAT(3, 4);
/* What receive returns at its end: ERR_MALFORMED with the first reasons when nothing at all could be read. */
bool channel_read(const struct channel_events *events, struct error *e) MUST_USE;

/* object[name], with a null taken for what it says: that there is none. */
const struct json *read_member(const struct json *object, const char *name);
/* The objects of a list, one after another, from {up, name, -1}; what is none, or a list that is none, is told as
 * unread. NULL at the end. */
const struct json *read_next(struct channel_events *events, const struct json *list, struct place *at);
/* A string or number as clean text (of read_text a string only); empty when it is neither, or longer than any
 * network's id. */
struct str read_id(struct arena *a, const struct json *j);
struct str read_text(struct arena *a, const struct json *j);
/* What a person wrote: also where somebody on the way made a number of "42". */
struct str read_words(struct arena *a, const struct json *j);
/* A number or decimal string of seconds, milliseconds or microseconds, told apart by size, or ISO 8601; 0 for
 * anything else. */
int64_t read_time(const struct json *j);
/* First words of a text, for a thread's title. */
struct str read_title(struct arena *a, struct str text);
/* A key for deduplication: the kind and its parts, joined by ':'. */
struct str dedupe_join(struct arena *a, const char *kind, const struct str *parts, size_t count);
#define DEDUPE(a, kind, ...)                                                                                         \
    dedupe_join((a), (kind), (const struct str[]){__VA_ARGS__},                                                      \
                sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
/* A digest as base64: 44 characters and no NUL. verify has no memory to make it in. */
void digest_base64(const unsigned char digest[SHA256_BYTES], char *out);
/* A hash of words, for events that bring no key of their own. */
struct str dedupe_hash(struct arena *a, struct str words);
/* Adds an attachment, and gives the message its kind when it is still plain text. NULL when there are 32
 * already. */
struct channel_media *event_attach(struct arena *a, struct channel_event *event, enum message_kind kind);
/* Adds what the message came from. A link that is no web address is left out. */
void event_origin(struct arena *a, struct channel_event *event, const char *kind, struct str words, struct str link);
/* Adds a paragraph to the text of an event. */
void event_say(struct arena *a, struct channel_event *event, struct str words);
/* The words of a place on the map: what is known of name, address and coordinates. */
void event_location(struct arena *a, struct channel_event *event, struct str name, struct str address,
                    const struct json *latitude, const struct json *longitude);

/* ---- a round of asking that walks: what is still to be asked for, in what it hands on ---- */

/* The texts of a kept list, no more than max. */
struct json *todo_read(struct arena *a, const struct json *kept, size_t max);
struct str todo_first(const struct json *todo);
/* False when there are max already. */
bool todo_add(struct arena *a, struct json *todo, struct str what, size_t max);
/* All but the first. */
struct json *todo_rest(struct arena *a, const struct json *todo);

/* ---- sending ---- */

/* What every door asks: a known door, words or a file, not too long, the file allowed and small enough, and
 * somebody or something to answer. NULL and ERR_BAD_INPUT otherwise. */
const struct door *outgoing_door(struct arena *a, const struct channel *channel, const struct outgoing *m,
                                 struct error *e) MUST_USE;
/* Starts a call with the channel's access token. ERR_UNAUTHENTICATED when there is none. */
bool call_start(struct arena *a, const struct settings *settings, const char *method, struct str url,
                struct http_call *call, struct error *e) MUST_USE;
void call_header(struct arena *a, struct http_call *call, const char *name, struct str value);
/* A form of text fields, as in an address. */
void call_fields(struct arena *a, struct http_call *call, const struct pairs *fields);
void call_json(struct arena *a, struct http_call *call, const struct json *body);
/* A form of text fields, then the file under file_field. */
void call_form(struct arena *a, struct http_call *call, const struct pairs *fields, const char *file_field,
               const struct outgoing_media *file);
/* Setting api_base without a slash at its end. */
struct str api_base(const struct settings *settings);
/* Is url on the host (and port and scheme) of base? */
bool same_origin(struct str url, struct str base);
/* Host of an https address, else empty. */
struct str https_host(struct str url);
/* The file's MIME type, or application/octet-stream when what it says is none. */
struct str mime_of(const struct outgoing_media *file);
enum message_kind kind_of_mime(struct str mime); /* image, video, audio, else file */

/* All strings of an outcome are copied: the answer they come from is gone when the outcome is used. */
void outcome_accept(struct arena *a, struct outcome *out, struct str external_id);
void outcome_next(struct arena *a, struct outcome *out, struct str carry);
/* words are cleaned and cut to what fits a line. */
void outcome_fail(struct arena *a, struct outcome *out, enum failure failure, struct str code, struct str words);
/* No answer (status 0), or one whose body says nothing: the class by its status. */
void outcome_by_status(struct arena *a, struct outcome *out, const struct http_reply *reply);
/* Retry-After in seconds, else 0. */
int retry_after(const struct http_reply *reply);

/* ---- OAuth 2 (RFC 6749, RFC 7636): channel_oauth.c ---- */

/* The setting of where that page is. */
#define CONSENT_BASE(network, site)                                                                                  \
    {                                                                                                                \
        "consent_base", "setting." network ".consent_base", "address of the site where an administrator agrees",     \
            site, 0                                                                                                  \
    }
/* The address of the network's page where an administrator agrees; more: what else it wants. A consent without a
 * challenge goes without PKCE. ERR_NOT_FOUND when no client id is set. */
bool oauth_page(struct arena *a, struct str page, struct str client_id, const char *scope,
                const struct consent *consent, const struct pairs *more, struct str *url, struct error *e) MUST_USE;
/* Until when access can be renewed without a person (SETTING_CONSENT_UNTIL), of a token answer that says for how many
 * seconds; where it brings no refresh token, as long as access itself lasts. Adds to *changed, or does not. */
void oauth_until(struct arena *a, const struct http_reply *reply, const struct json *tokens, struct pairs *changed);
/* The call to the token endpoint; a client with a secret says who it is by it. */
void oauth_call(struct arena *a, struct str url, struct str client_id, struct str client_secret,
                const struct pairs *fields, struct http_call *call);
/* Its answer, as `renewed` gives it: the settings access_token and refresh_token. otherwise: how long access lasts
 * where it does not say, or says more than most seconds. */
int oauth_tokens(struct arena *a, const char *network, const struct http_reply *reply, int otherwise, int most,
                 struct pairs *changed, struct outcome *out);
