/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of answers that are the API's own. Those of the desk's view models: schemas_desk.c. */
#include "web/api/api.h"

#define R API_REQUIRED
#define N API_NULL
#define F(name, type, flags)                                                                                         \
    {                                                                                                                \
        name, type, flags, NULL, NULL, 0, 0                                                                          \
    }
#define D(name, type, flags, detail)                                                                                 \
    {                                                                                                                \
        name, type, flags, NULL, detail, 0, 0                                                                        \
    }
#define A(name, type, flags, about)                                                                                  \
    {                                                                                                                \
        name, type, flags, about, NULL, 0, 0                                                                         \
    }

static const struct api_field failure[] = {D("error", API_REF, R, "Error"), {0}};
static const struct api_field error[] = {A("code", API_TEXT, R, "stable: not_found, bad_input, …"),
                                         A("message", API_TEXT, R, "one line for a person"),
                                         A("status", API_NUMBER, R, "the HTTP status"),
                                         A("ours", API_TRUTH, R, "true: something is wrong on our side"),
                                         A("again", API_TRUTH, R, "true: a read that may be made again in a moment"),
                                         A("number", API_TEXT, R, "to quote when you ask for help"),
                                         {0}};
static const struct api_field conversation_page[] = {D("items", API_LIST, R, "Row"),
                                                     A("next", API_TEXT, R | N, "give it as the cursor"),
                                                     D("tab", API_CHOICE, R, "mine|waiting|all|view"),
                                                     D("saved", API_REF, R | N, "ListView"),
                                                     A("query", API_TEXT, R, "the same list as a page of the desk"),
                                                     D("counts", API_REF, R, "Counts"),
                                                     D("sort", API_CHOICE, R, "loss|newest|oldest"),
                                                     F("filtered", API_TRUTH, R),
                                                     {0}};
static const struct api_field counts[] = {F("mine", API_NUMBER, R), F("waiting", API_NUMBER, R), {0}};
static const struct api_field act[] = {D("conversation", API_REF, R, "Row"),
                                       A("note", API_ID, 0, "of a new note"),
                                       A("message", API_ID, 0, "of a new reply"),
                                       A("undo_until", API_TIME, 0, "until then a new reply can be taken back"),
                                       D("labels", API_LIST, 0, "Label"),
                                       {0}};
static const struct api_field saved[] = {A("saved", API_TIME, R | N, "null: there is no draft now"),
                                         A("agent", API_ID, R, "whose draft it is"),
                                         A("by_token", API_ID, R | N, "the integration that prepared it"),
                                         {0}};
static const struct api_field merge[] = {F("merge", API_ID, R), F("person", API_ID, R), {0}};
static const struct api_field removed[] = {F("id", API_ID, R), {0}};
static const struct api_field hit[] = {D("kind", API_CHOICE, R, "message|need|person"),
                                       F("conversation", API_ID, R | N),
                                       F("message", API_ID, R | N),
                                       D("person", API_REF, R, "Named"),
                                       A("text", API_TEXT, R, "found words stand between U+0002 and U+0003"),
                                       F("at", API_TIME, R | N),
                                       F("ours", API_TRUTH, R),
                                       D("by", API_REF, R | N, "Named"),
                                       F("network", API_TEXT, R),
                                       F("icon", API_TEXT, R),
                                       F("channel", API_TEXT, R),
                                       F("lang", API_TEXT, R),
                                       F("public", API_TRUTH, R),
                                       {0}};
static const struct api_field found[] = {
    {"items", API_LIST, API_REQUIRED, "newest first, or best first", "Hit", 0, 0},
    {"next", API_ID, API_REQUIRED | API_NULL, "cursor for what is older", NULL, 0, 0},
    {"until", API_TIME, API_REQUIRED | API_NULL,
     "not null: the time for one answer was used up, and history was searched back to here; next goes on", NULL, 0,
     0},
    {"of_newest", API_TRUTH, API_REQUIRED, "best first: more match than the 200 newest that were ranked", NULL, 0, 0},
    {0}};
#define SUMS                                                                                                         \
    F("received", API_NUMBER, R), F("waiting", API_NUMBER, R), F("answered", API_NUMBER, R),                         \
        F("closed", API_NUMBER, R), F("set_aside", API_NUMBER, R), F("withdrawn", API_NUMBER, R)
static const struct api_field ledger[] = {F("brand", API_TEXT, R),
                                          SUMS,
                                          A("balanced", API_TRUTH, R, "received is the sum of the five places"),
                                          A("day", API_NUMBER, 0, "YYYYMMDD, when one was asked for"),
                                          D("channels", API_LIST, R, "LedgerLine"),
                                          {0}};
static const struct api_field ledger_line[] = {
    F("channel", API_ID, R), F("name", API_TEXT, 0), F("network", API_TEXT, 0), SUMS, {0}};
static const struct api_field keeping[] = {F("network", API_TEXT, R),
                                           F("label", API_TEXT, R),
                                           A("words_hours", API_NUMBER, R, "words and files; 0: no such rule"),
                                           A("people_hours", API_NUMBER, R, "names; 0: no such rule"),
                                           {0}};
static const struct api_field retention[] = {
    A("payloads", API_NUMBER, R | N, "days; null: for ever"),
    A("events", API_NUMBER, R | N, "days; null: for ever"),
    A("search", API_NUMBER, R | N, "days; null: for ever"),
    A("pruned", API_OBJECT, R,
      "payloads, events, search, networks: {rows, until, at}, or null when nothing of it ever went"),
    D("networks", API_LIST, R, "Keeping"),
    A("opening_day", API_NUMBER, R | N, "YYYYMMDD: the signed statement that opens the event log; null: it is whole"),
    {0}};
static const struct api_field statement[] = {A("day", API_NUMBER, R, "YYYYMMDD"),
                                             A("body", API_OBJECT, R, "the figures that are signed"),
                                             A("text", API_TEXT, R, "the very bytes that were hashed"),
                                             A("previous", API_TEXT, R, "hash of the day before, hex"),
                                             F("hash", API_TEXT, R),
                                             F("signature", API_TEXT, R),
                                             F("public_key", API_TEXT, R),
                                             F("at", API_TIME, R),
                                             {0}};
static const struct api_field event[] = {F("id", API_ID, R),
                                         A("kind", API_TEXT, R, "message.received, reply.accepted, …"),
                                         F("conversation", API_ID, R | N),
                                         A("subject", API_ID, R | N, "what it is about: a message, a colleague, …"),
                                         A("actor", API_ID, R | N, "the colleague; null: the network or the person"),
                                         F("at", API_TIME, R),
                                         A("data", API_OBJECT, R, "what belongs to this kind"),
                                         {0}};
static const struct api_field payload[] = {F("id", API_ID, R),
                                           F("channel", API_TEXT, R),
                                           F("icon", API_TEXT, R),
                                           D("state", API_CHOICE, R, "read|unread|replayed|done"),
                                           A("reason", API_TEXT, R, "why it could not be read"),
                                           F("at", API_TIME, R),
                                           A("bytes", API_NUMBER, R, "0 in a list"),
                                           F("tried", API_TIME, R | N),
                                           {0}};
static const struct api_field network[] = {
    F("name", API_TEXT, R), F("label", API_TEXT, R), D("settings", API_LIST, R, "Setting"), {0}};
static const struct api_field setting[] = {F("name", API_TEXT, R),
                                           A("label", API_TEXT, R, "a key of the texts"),
                                           F("help", API_TEXT, R),
                                           A("otherwise", API_TEXT, R, "what holds when it is left out"),
                                           A("value", API_TEXT, 0, "always empty for a secret"),
                                           F("required", API_TRUTH, R),
                                           F("secret", API_TRUTH, R),
                                           A("set", API_TRUTH, 0, "there is a value, or a secret is kept"),
                                           {0}};
#define CHANNEL                                                                                                      \
    F("id", API_ID, R), F("name", API_TEXT, R), F("icon", API_TEXT, R), F("network", API_TEXT, R),                   \
        F("network_name", API_TEXT, R), A("account", API_TEXT, R, "our id on the network"),                          \
        D("state", API_CHOICE, R, "well|quiet|gap|refused|paused|down|new"), F("last_in", API_TIME, R | N),          \
        F("last_out", API_TIME, R | N), A("usual_seconds", API_NUMBER, R | N, "between two messages"),               \
        F("token_expires", API_TIME, R | N), F("token_soon", API_TRUTH, R),                                          \
        A("pulse", API_TEXT, R | N, "an SVG path of the last days"),                                                 \
        A("words", API_TEXT, R, "the network's own, when something is wrong"), F("since", API_TIME, R | N),          \
        A("failure", API_TEXT, R, "token, permission, rate, …; empty: none"), F("slowed_until", API_TIME, R | N),    \
        D("asking", API_REF, R, "Asking")
static const struct api_field listing[] = {
    F("name", API_TEXT, R),
    A("label", API_TEXT, R, "a key of the texts"),
    D("state", API_CHOICE, R, "new|well|failing|left_out|waiting"),
    A("checked_until", API_TIME, R | N, "when the last complete round began"),
    F("next", API_TIME, R | N),
    A("found", API_NUMBER, R, "messages that came by asking"),
    A("late", API_NUMBER, R, "of them, those that a webhook should have brought"),
    A("withdrawn", API_NUMBER, R, "messages that the network lists no more"),
    F("rounds", API_NUMBER, R),
    A("failed", API_NUMBER, R, "of them, those without an answer that could be used"),
    A("doubted", API_NUMBER, R, "messages that the last round left out and was not believed"),
    F("failing_since", API_TIME, R | N),
    A("failure", API_TEXT, R, "token, permission, rate, …; empty: none"),
    A("words", API_TEXT, R, "the network's own, or why the list is left out"),
    {0}};
static const struct api_field quota[] = {A("all", API_NUMBER, R, "units of a period; 0: nothing ends"),
                                         F("used", API_NUMBER, R),
                                         A("replies", API_NUMBER, R, "of them, by replies"),
                                         A("until", API_TIME, R, "the period's end"),
                                         A("spent", API_TRUTH, R, "nothing is asked until then"),
                                         A("money", API_TEXT, 0, "units are thousandths of this currency"),
                                         A("amount", API_TEXT, 0, "of money, spent since `from`"),
                                         A("amount_replies", API_TEXT, 0, "of it, by replies"),
                                         F("from", API_TIME, 0),
                                         {0}};
static const struct api_field asking[] = {
    D("lists", API_LIST, R, "Listing"), D("quota", API_REF, R | N, "Quota"), {0}};
static const struct api_field channel[] = {CHANNEL, {0}};
static const struct api_field channel_settings[] = {CHANNEL,
                                                    A("webhook", API_TEXT, R, "the address the network must call"),
                                                    D("settings", API_LIST, R, "Setting"),
                                                    {0}};
static const struct api_field me[] = {
    D("kind", API_CHOICE, R, "colleague|token"),
    F("id", API_ID, R),
    F("name", API_TEXT, R),
    D("role", API_CHOICE, R, "read-only|agent|lead|admin"),
    A("agent", API_ID, R, "the colleague; of a token, who made it"),
    A("csrf", API_TEXT, R | N, "for X-CSRF-Token; null for a token, which needs none"),
    D("brand", API_REF, R, "Brand"),
    {0}};
static const struct api_field brand[] = {F("id", API_ID, R),         F("name", API_TEXT, R),
                                         F("title", API_TEXT, R),    A("zone", API_TEXT, R, "IANA"),
                                         F("language", API_TEXT, R), {0}};
static const struct api_field colleague[] = {F("id", API_ID, R),
                                             F("name", API_TEXT, R),
                                             D("role", API_CHOICE, R, "read-only|agent|lead|admin"),
                                             A("here", API_TRUTH, R, "gave a sign of life in the last minutes"),
                                             F("removed", API_TRUTH, R),
                                             {0}};
static const struct api_field label[] = {
    F("id", API_ID, R), F("name", API_TEXT, R), F("hue", API_NUMBER, R), F("on", API_TRUTH, 0), {0}};
static const struct api_field snippet[] = {F("id", API_ID, R),
                                           F("shortcut", API_TEXT, R),
                                           F("title", API_TEXT, R),
                                           F("text", API_TEXT, R),
                                           F("language", API_TEXT, R),
                                           A("agent_id", API_ID, R | N, "whose; null: everybody's"),
                                           {0}};
static const struct api_field view[] = {F("id", API_ID, R),
                                        F("name", API_TEXT, R),
                                        F("filter", API_TEXT, R),
                                        A("agent_id", API_ID, R | N, "whose; null: everybody's"),
                                        {0}};

static const struct api_field article_text[] = {
    F("lang", API_TEXT, R),
    F("slug", API_TEXT, R),
    F("title", API_TEXT, R),
    F("about", API_TEXT, R),
    D("state", API_CHOICE, R, "draft|changed|published"),
    A("helped", API_NUMBER, R, "how many said that it solved it"),
    A("published_at", API_TIME, R | N, "of what readers see"),
    A("body", API_TEXT, 0, "Markdown, as published, else of the draft; of one article only"),
    {0}};
static const struct api_field article[] = {F("id", API_ID, R),
                                           F("category", API_ID, R | N),
                                           A("conversation", API_ID, R | N, "the story it was made from"),
                                           D("texts", API_LIST, R, "ArticleText"),
                                           {0}};

static const struct api_field guide_answer[] = {F("text", API_TEXT, R),
                                                D("to", API_CHOICE, R, "nowhere|step|article|ask|chat|call|solved"),
                                                A("target", API_TEXT, R | N, "name of the step or the article"),
                                                A("taken", API_NUMBER, R, "how often it was chosen"),
                                                {0}};
static const struct api_field guide_step[] = {F("name", API_TEXT, R),
                                              A("title", API_TEXT, R, "what it asks"),
                                              A("words", API_TEXT, R, "Markdown"),
                                              A("seen", API_NUMBER, R, "how many came there"),
                                              A("went_on", API_NUMBER, R, "how many of them chose an answer"),
                                              D("answers", API_LIST, R, "GuideAnswer"),
                                              {0}};
static const struct api_field guide_text[] = {
    F("lang", API_TEXT, R),
    F("slug", API_TEXT, R),
    F("title", API_TEXT, R),
    F("about", API_TEXT, R),
    D("state", API_CHOICE, R, "draft|changed|published"),
    A("published_at", API_TIME, R | N, "of what readers see"),
    {"steps", API_LIST, 0, "as published, else of the draft; the first is where it begins; of one guide only",
     "GuideStep", 0, 0},
    A("began", API_NUMBER, 0, "of one guide only, as the next three"),
    A("ended", API_NUMBER, 0, "how many came to an end"),
    A("solved", API_NUMBER, 0, "how many of them said that it is solved"),
    A("counted_since", API_TIME, N, "of all these figures"),
    {0}};
static const struct api_field guide[] = {F("id", API_ID, R),
                                         F("category", API_ID, R | N),
                                         A("name", API_TEXT, R, "of its files"),
                                         D("texts", API_LIST, R, "GuideText"),
                                         {0}};

const struct api_schema api_schemas[] = {
    {"Article", "What we know: one thing, in several languages", article},
    {"ArticleText", "An article in one language", article_text},
    {"Guide", "A step-by-step guide: one thing, in several languages", guide},
    {"GuideText", "A guide in one language", guide_text},
    {"GuideStep", "A step of a guide", guide_step},
    {"GuideAnswer", "An answer, and where it leads", guide_answer},
    {"Failure", "Every refusal", failure},
    {"Error", "What went wrong", error},
    {"ConversationPage", "A page of the list", conversation_page},
    {"Counts", "How many wait", counts},
    {"Act", "A conversation after an act on it", act},
    {"Saved", "A draft that was kept", saved},
    {"Merge", "A merge, and the person it is about", merge},
    {"Removed", "What is gone", removed},
    {"Hit", "Something found", hit},
    {"Found", "What a search found", found},
    {"Ledger", "The care ledger: received = waiting + answered + closed + set_aside + withdrawn", ledger},
    {"LedgerLine", "Of one channel", ledger_line},
    {"Statement", "A day's figures, chained and signed (docs/statements.md)", statement},
    {"Retention", "How long a brand keeps what grows, and what went by that", retention},
    {"Keeping", "A network whose terms let us keep what it told only for so long", keeping},
    {"Event", "What happened", event},
    {"Payload", "What a network sent", payload},
    {"Network", "A network that can be connected", network},
    {"Setting", "A setting of a network", setting},
    {"Channel", "An account on a network, and how it is doing", channel},
    {"Asking", "What a network is asked for", asking},
    {"Listing", "A list of a network, and how far it was asked", listing},
    {"Quota", "How much of the network's quota is used", quota},
    {"ChannelSettings", "A channel with its settings", channel_settings},
    {"Me", "Who is asking", me},
    {"Brand", "The brand", brand},
    {"Colleague", "A colleague", colleague},
    {"Label", "A label", label},
    {"Snippet", "Words kept for later", snippet},
    {"View", "A saved view", view},
    {0}};
