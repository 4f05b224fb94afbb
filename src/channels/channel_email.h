/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of e-mail: reading a message (channel_email_read.c, channel_email_author.c, channel_email_parts.c), what
 * of it is quoted (channel_email_quote.c), what comes back undelivered (channel_email_report.c), and writing one
 * (channel_email_send.c). */
#pragma once

#include "channels/channel_internal.h"

#define EMAIL_SIZE_MAX ((size_t)36 << 20) /* 25 MB of files, as mail writes them */
#define EMAIL_LOOP     "Ascolto"          /* X-Loop: of ours */
#define EMAIL_OURS     "ascolto."         /* how our own message ids begin */

struct _GMimeMessage;
struct _GMimeObject;

/* ---- reading ---- */

/* NULL when there is nothing to read; lives as long as the arena. */
struct _GMimeMessage *email_parse(struct arena *a, struct str bytes);
/* A header's raw value; empty when there is none. */
struct str email_header(struct arena *a, struct _GMimeMessage *message, const char *name);
/* A message id without its angle brackets; empty when there is none, or it is no such thing. */
struct str email_id(struct arena *a, struct str words);
/* The last id in a line of several. */
struct str email_last_id(struct arena *a, struct str words);
/* Adds the event of one message to the mailbox `account`; header_only: it is too large, and its parts were left where
 * they are. */
void email_read(struct channel_events *events, struct str bytes, struct str account, bool header_only,
                const struct place *at);

/* ---- whose it is (channel_email_author.c) ---- */

/* The person behind a mail, and whether a machine of somebody else's hands it on for them. */
bool email_author(struct arena *a, struct _GMimeMessage *message, struct str account, struct channel_author *author);
/* Written by a machine in answer to a mail: an absence note, a receipt. */
bool email_automatic(struct arena *a, struct _GMimeMessage *message, bool relayed);

struct email_parts {
    struct arena *arena;
    struct channel_event *event; /* takes the files */
    struct buf *text;
    bool encrypted;
    int parts;
};
/* Collects words and files. */
void email_parts_read(struct email_parts *parts, struct _GMimeMessage *message);
/* Certified mail of Italy (PEC) is an envelope of the provider's: what was written lies inside; NULL: it is none. */
struct _GMimeMessage *email_certified(struct _GMimeMessage *message);
/* The decoded bytes of a part, and as clean text by its charset. */
struct str email_part_bytes(struct arena *a, struct _GMimeObject *part);
struct str email_text(struct arena *a, struct str bytes, struct str charset);
/* The charset that is named first in these bytes; empty: none. */
struct str email_charset(struct str bytes);
/* A charset as iconv calls it. */
const char *email_iconv_name(struct arena *a, struct str charset);

/* What they wrote now: without the message they answer and without a signature; a mail that they hand on is what they
 * say. Never empty where the text is not. */
struct str email_own_words(struct arena *a, struct str text, bool forwarded);
/* A subject without "Re:", "AW:", "Fwd:". */
struct str email_subject(struct str subject);
bool email_subject_forwards(struct str subject);

/* Reports: true when the message was one, and was taken in or noted as unread. */
bool email_report(struct channel_events *events, struct _GMimeMessage *message, struct str bytes,
                  const struct place *at);
/* Of a server's code and words ("5.1.1 no such person"). */
enum failure email_failure(int code, struct str words);
/* "5.1.1" in words; empty when there is none. */
struct str email_status(struct str words);

/* ---- writing ---- */

/* The same on every attempt. */
struct str email_our_id(struct arena *a, const struct outgoing *m);
/* The whole message, lines ending with CRLF. */
struct str email_write(struct arena *a, const struct settings *settings, const struct outgoing *m);
/* A letter of the house, in words and as HTML; marked as written by a machine, so that no machine answers it. */
struct str email_write_letter(struct arena *a, const struct settings *settings, const struct letter_mail *letter);
/* An address that may stand in a command. */
bool email_is_address(struct str address);
