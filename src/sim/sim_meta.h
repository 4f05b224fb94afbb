/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated networks of Meta share (sim_graph.c), and the parts of their files. verb: "add",
 * "edited", "remove". */
#pragma once

#include "sim/sim_driver.h"

#define SIM_APP_ID            "880244019377512"
#define SIM_WABA_ID           "102933847561023"
#define SIM_WHATSAPP_BUSINESS "102290129340398" /* the WhatsApp Business Account, for its message templates */

/* sim_graph.c */
void sim_graph_error(struct sim_call *c, int status, int code, int subcode, const char *message, const char *details);
void sim_graph_headers(struct sim_call *c);
/* Is this the last part of the address? */
bool sim_graph_ends(const struct sim_call *c, const char *part);
struct str sim_graph_given(struct sim_call *c);         /* the token: in the header, the query or the form */
struct str sim_graph_time(struct arena *a, int64_t at); /* 2026-11-21T14:30:05+0000 */
void sim_graph_answer_id(struct sim_call *c, struct str id);
void sim_graph_answer_success(struct sim_call *c);
/* One page of a list, as limit, after and since ask for it. */
struct sim_graph_list {
    struct json *data;
    int64_t from, limit, seen, since;
};
struct sim_graph_list sim_graph_list(struct sim_call *c);
/* Counts one more of them: does it stand on this page? */
bool sim_graph_listed(struct sim_graph_list *list);
struct json *sim_graph_list_json(struct sim_call *c, const struct sim_graph_list *list);
void sim_graph_answer_list(struct sim_call *c, const struct sim_graph_list *list);
/* Agreeing, and tokens of sixty days: /oauth/authorize, /oauth/access_token, /access_token, /refresh_access_token.
 * False for any other path. */
bool sim_graph_tokens(struct sim_call *c);
/* The account's token, or the one that was given for a code. */
bool sim_graph_token_ok(struct sim_call *c, struct str token);
/* Non-ASCII as \uXXXX and '/' as '\/', as Meta writes its JSON. */
struct str sim_meta_escape(struct arena *a, struct str json);
/* The webhook of one change of a field. */
uint64_t sim_meta_change(struct sim *sim, struct arena *a, enum sim_network network, const char *object,
                         const char *field, struct sim_item *item, struct json *value, int delay_ms);
void sim_meta_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel);
struct str sim_meta_shake(struct sim_line *line, struct arena *a);
bool sim_meta_shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply);
struct str sim_meta_join(struct arena *a, struct str into, struct str one);

/* sim_facebook_events.c */
void sim_facebook_feed(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb, int delay_ms);
uint64_t sim_facebook_echo(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms);
void sim_facebook_reaction(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by);

/* sim_messenger.c: of Facebook and of Instagram */
void sim_messenger_tell(struct sim_deed *d); /* of a private talk */
void sim_messenger_message(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb, int delay_ms);
void sim_messenger_mark(struct sim *sim, struct arena *a, struct sim_item *item, enum sim_mark mark, int delay_ms);
void sim_messenger_reaction(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by);
void sim_messenger_send(struct sim_call *c);
void sim_messenger_upload(struct sim_call *c);
void sim_messenger_talks(struct sim_call *c);

/* sim_instagram_events.c */
struct json *sim_instagram_author(struct sim *sim, struct arena *a, const struct sim_person *person);
uint64_t sim_instagram_comment(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms);
bool sim_instagram_names_us(struct sim *sim, struct arena *a, const struct sim_item *item);
/* sim_instagram_mentions.c: the fields mentioned_comment and mentioned_media of our own account. False where none of
 * them is asked for. */
bool sim_instagram_mentioned(struct sim_call *c);
void sim_instagram_mention(struct sim *sim, struct arena *a, struct sim_item *item);

/* sim_whatsapp_events.c */
void sim_whatsapp_message(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb);
void sim_whatsapp_mark(struct sim *sim, struct arena *a, struct sim_item *item, enum sim_mark mark, int code,
                       int delay_ms);
void sim_whatsapp_reaction(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by);

/* sim_whatsapp_templates.c */
/* The page of message templates that is asked for. */
void sim_whatsapp_templates(struct sim_call *c);
/* What the template of a message comes to; 0, or the network's code of what is wrong with it. */
int sim_whatsapp_template(struct sim_call *c, struct str *text);
