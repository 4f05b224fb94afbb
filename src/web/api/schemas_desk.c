/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of the desk's view models (web/desk/model.h), which the API sends as they are. */
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

/* ---- rows ---- */

static const struct api_field named[] = {
    F("id", API_ID, R | N),
    F("name", API_TEXT, R),
    A("lang", API_TEXT, N, "of a person's name in another script than the page's"),
    {0}};
static const struct api_field row[] = {A("id", API_ID, R, "of the conversation"),
                                       D("person", API_REF, R, "Named"),
                                       A("since", API_TIME, R | N, "from when they wait; null: nobody waits"),
                                       A("due", API_TIME, R | N, "what we promised is due"),
                                       D("said", API_REF, R, "Said"),
                                       F("network", API_TEXT, R),
                                       F("icon", API_TEXT, R),
                                       F("channel", API_TEXT, R),
                                       F("public", API_TRUTH, R),
                                       D("why", API_REF, R, "Why"),
                                       D("wick", API_REF, N, "Wick"),
                                       A("closing", API_TRUTH, R, "less than an hour is left"),
                                       D("being", API_REF, N, "Being"),
                                       F("current", API_TRUTH, R),
                                       F("unread", API_TRUTH, R),
                                       D("asleep", API_REF, 0, "Asleep"),
                                       D("place", API_CHOICE, R, "waiting|answered|closed|aside"),
                                       {0}};
static const struct api_field said[] = {
    F("text", API_TEXT, R), A("lang", API_TEXT, R, "empty: not known"), F("ours", API_TRUTH, R), {0}};
static const struct api_field why[] = {
    A("kind", API_TEXT, R, "why it stands where it stands: window, grave, long, …"),
    F("channel", API_TEXT, 0),
    F("until", API_TIME, N),
    F("due", API_TIME, N),
    D("by", API_REF, N, "Named"),
    {0}};
static const struct api_field wick[] = {A("left", API_NUMBER, R, "of the reply window, in hundredths"), {0}};
static const struct api_field being[] = {F("name", API_TEXT, R),
                                         D("doing", API_CHOICE, R, "reading|writing|noting|here|left"),
                                         A("guest", API_TRUTH, R, "the person themselves, on the care site"),
                                         {0}};
static const struct api_field asleep[] = {A("until", API_TIME, R | N, "null: until they write"), {0}};
static const struct api_field list_view[] = {
    F("id", API_ID, R),         F("name", API_TEXT, R),    F("filter", API_TEXT, R),     F("query", API_TEXT, R),
    F("current", API_TRUTH, R), F("count", API_NUMBER, N), F("agent_id", API_ID, R | N), {0}};

/* ---- a story ---- */

static const struct api_field story[] = {D("conversation", API_REF, R, "Conversation"),
                                         D("person", API_REF, R, "Named"),
                                         D("beings", API_LIST, R, "Being"),
                                         D("earlier", API_REF, 0, "Earlier"),
                                         A("more", API_CURSOR, 0, "older items: as the cursor"),
                                         D("items", API_LIST, R, "Item"),
                                         D("composer", API_REF, R, "Composer"),
                                         D("menus", API_REF, R, "Menus"),
                                         D("claim", API_REF, N, "Claim"),
                                         {0}};
static const struct api_field conversation[] = {F("id", API_ID, R),
                                                D("place", API_CHOICE, R, "waiting|answered|closed|aside"),
                                                F("mine", API_TRUTH, R),
                                                D("owner", API_REF, R | N, "Named"),
                                                F("since", API_TIME, R | N),
                                                A("doors", API_NUMBER, R, "how many were used"),
                                                D("need", API_REF, 0, "Need"),
                                                D("priority", API_CHOICE, R, "grave|high|normal|low"),
                                                D("labels", API_LIST, R, "Label"),
                                                D("asleep", API_REF, 0, "Asleep"),
                                                A("hands", API_NUMBER, R, "how often it was handed over"),
                                                F("version", API_ID, R),
                                                {0}};
static const struct api_field need[] = {
    F("text", API_TEXT, R), F("lang", API_TEXT, R), D("by", API_REF, R | N, "Named"), F("at", API_TIME, R | N), {0}};
static const struct api_field earlier[] = {
    F("count", API_NUMBER, R), F("from", API_TIME, R | N), F("to", API_TIME, R | N), {0}};
static const struct api_field item[] = {
    D("kind", API_CHOICE, R, "day|message|note|hand|owner|need|closed|aside|back|asleep|promise|call|merged|solved"),
    F("id", API_ID, R | N),
    F("at", API_TIME, R | N),
    A("ours", API_TRUTH, 0, "of a message, as all down to reactions"),
    D("by", API_REF, N, "Named"),
    D("door", API_REF, 0, "Door"),
    A("knot", API_TRUTH, 0, "the door changed here, or it is the first"),
    F("went_private", API_TRUTH, 0),
    D("thread", API_REF, 0, "Thread"),
    F("text", API_TEXT, 0),
    F("lang", API_TEXT, 0),
    F("latest", API_TRUTH, 0),
    F("waiting", API_TRUTH, 0),
    A("since", API_TIME, N, "from when it waits"),
    D("edited", API_REF, 0, "Edited"),
    D("withdrawn", API_REF, 0, "Withdrawn"),
    D("unsent", API_REF, 0, "Unsent"),
    A("state", API_TEXT, 0, "of ours: queued, sending, sent, delivered, read, published; of a promise: its state"),
    A("sends_at", API_TIME, N, "queued: until then it can be taken back"),
    D("attachments", API_LIST, 0, "Attachment"),
    A("unsupported", API_OBJECT, 0, "{what, link?}"),
    A("sought", API_OBJECT, 0, "{network}: only ids came, its words are being asked for"),
    A("withheld", API_OBJECT, 0, "{network, gone, silent, link?}: the network does not give its words"),
    A("let_go", API_OBJECT, 0, "{network, hours, at}: its words went, as the network's terms say"),
    A("standby", API_TRUTH, 0, "another application holds the talk"),
    D("origin", API_LIST, 0, "Origin"),
    F("link", API_TEXT, 0),
    F("aside", API_TRUTH, 0),
    A("reactions", API_TEXTS, 0, "emoji"),
    D("passage", API_REF, N, "Passage"),
    A("missed", API_TRUTH, 0, "of a call: nobody answered it"),
    A("lost", API_TRUTH, 0, "of a call: the line was lost"),
    A("seconds", API_NUMBER, 0, "of a call: how long they spoke"),
    D("person", API_REF, 0, "Named"),
    A("mine", API_TRUTH, 0, "of what only we see, as all below; of a promise: made by whoever asks"),
    A("may_end", API_TRUTH, 0, "of a promise: whoever asks may say whether it was kept"),
    D("from", API_REF, N, "Named"),
    A("to", API_OBJECT, N, "{id?, name, team?}"),
    A("took", API_TRUTH, 0, "the colleague took it, rather than giving it to another"),
    A("number", API_NUMBER, 0, "of a hand-over: the first is 1"),
    F("reason", API_TEXT, N),
    F("summary", API_TEXT, N),
    F("words", API_TEXT, N),
    F("what", API_TEXT, 0),
    F("until", API_TIME, N),
    F("due", API_TIME, N),
    {0}};
#define PASSAGE                                                                                                      \
    F("id", API_ID, R), D("state", API_CHOICE, R, "given|late|withdrawn|opened|claimed|proven|judged|denied"),       \
        D("by", API_REF, R | N, "Named"), F("until", API_TIME, R | N), F("opened", API_TIME, R | N),                 \
        A("judge", API_OBJECT, R | N, "{id, name}: who withdrew or judged it"),                                      \
        A("talk", API_ID, R | N, "the conversation that it began, while that is one of its own"),                    \
        A("merge", API_ID, R | N, "of a judgement that can be taken back")
static const struct api_field passage[] = {PASSAGE, {0}};
static const struct api_field claim[] = {
    PASSAGE, D("person", API_REF, R, "Named"), A("story", API_ID, R, "whose link it was"), {0}};
static const struct api_field door[] = {A("value", API_DOOR, R, "what a reply or a draft gives as its door"),
                                        F("name", API_TEXT, R),
                                        F("network", API_TEXT, R),
                                        F("icon", API_TEXT, R),
                                        F("channel", API_TEXT, R),
                                        A("label", API_TEXT, R, "a key of the texts"),
                                        F("public", API_TRUTH, R),
                                        {0}};
static const struct api_field thread[] = {F("title", API_TEXT, R | N), F("url", API_TEXT, 0), {0}};
static const struct api_field edited[] = {
    F("at", API_TIME, R), F("before", API_TEXT, R), F("lang", API_TEXT, R), {0}};
static const struct api_field origin[] = {
    D("kind", API_CHOICE, R,
      "ad|post|link|product|forwarded|forwarded_often|group|held|held_spam|device|android|app_version"),
    A("words", API_TEXT, N, "of the ad or post; which link, product, device, version"),
    A("link", API_TEXT, N, "a web address"),
    {0}};
static const struct api_field withdrawn[] = {
    F("at", API_TIME, R),
    F("by_network", API_TRUTH, R),
    A("erased", API_TRUTH, R, "because the person asked that their data be erased"),
    {0}};
static const struct api_field unsent[] = {
    A("failure", API_TEXT, R, "token, permission, rate, window, blocked, gone, content, transient, unsure"),
    F("attempts", API_NUMBER, R),
    F("next", API_TIME, R | N),
    A("words", API_TEXT, R, "the network's own"),
    A("unsure", API_TRUTH, 0, "it may have arrived: look there, then settle it"),
    F("channel", API_TEXT, R),
    {0}};
static const struct api_field attachment[] = {
    F("id", API_ID, R),
    D("kind", API_CHOICE, R, "image|video|audio|file|sticker|location|contact"),
    F("name", API_TEXT, R),
    A("url", API_TEXT, R, "for a session; empty while it is fetched"),
    F("bytes", API_NUMBER, R),
    F("mime", API_TEXT, R),
    D("state", API_CHOICE, R, "pending|stored|failed|removed"),
    {0}};

/* ---- composer and menus ---- */

static const struct api_field composer[] = {A("step", API_TEXT, R, "listen: the need line comes first; reply"),
                                            F("lang", API_TEXT, R),
                                            D("need", API_REF, R, "Words"),
                                            D("doors", API_LIST, R, "OpenDoor"),
                                            D("shut", API_LIST, R, "ShutDoor"),
                                            D("approved", API_LIST, R, "ApprovedWords"),
                                            F("has_approved", API_TRUTH, R),
                                            F("any_open", API_TRUTH, R),
                                            F("solo", API_TRUTH, R),
                                            A("by_network", API_TRUTH, R, "a door is shut by its network's rule"),
                                            D("nearest", API_REF, 0, "OpenDoor"),
                                            D("reply", API_REF, R, "Words"),
                                            D("note", API_REF, R, "Words"),
                                            A("prepared", API_OBJECT, 0, "{name}: the program that wrote the draft"),
                                            A("answers", API_TEXT, R, "their newest message; empty: none"),
                                            A("seen", API_TEXT, R, "give it with a reply"),
                                            A("once", API_TEXT, R, "of the desk's form: the same key sends once"),
                                            D("attachments", API_LIST, R, "Attachment"),
                                            {0}};
static const struct api_field words[] = {A("text", API_TEXT, R, "the draft, or empty"), F("saved", API_TIME, N), {0}};
#define DOOR                                                                                                         \
    F("value", API_DOOR, R), F("name", API_TEXT, R), F("network", API_TEXT, R), F("icon", API_TEXT, R),              \
        F("channel", API_TEXT, R), F("label", API_TEXT, R), F("public", API_TRUTH, R)
static const struct api_field open_door[] = {
    DOOR,
    F("open", API_TRUTH, R),
    F("checked", API_TRUTH, R),
    F("closes", API_TIME, R | N),
    F("closing", API_TRUTH, R),
    A("limit", API_NUMBER, R, "in unit; 0: none"),
    D("unit", API_CHOICE, R, "characters|bytes|utf16|graphemes|graphemes_ten|x_weighted|emoji_bytes|sms"),
    F("url_weight", API_NUMBER, R),
    F("attachments", API_TRUTH, R),
    A("attachment_max", API_NUMBER, R, "bytes"),
    A("once", API_TRUTH, R, "one message for each of theirs"),
    {0}};
static const struct api_field shut_door[] = {
    DOOR,
    A("why", API_TEXT, R, "window, used, paused, blocked, …; the network's own reason as x.unsummoned"),
    F("at", API_TIME, R | N),
    A("by_network", API_TRUTH, R, "the network lets nobody answer there"),
    A("link", API_TEXT, 0, "where their message stands on the network"),
    {0}};
static const struct api_field approved_words[] = {A("door", API_DOOR, R, "whose window is closed"),
                                                  F("channel", API_TEXT, R),
                                                  F("name", API_TEXT, R),
                                                  F("language", API_TEXT, R),
                                                  A("label", API_TEXT, R, "the name as words"),
                                                  A("lang", API_TEXT, R, "of the words, for the page"),
                                                  D("parts", API_LIST, R, "ApprovedPart"),
                                                  {0}};
static const struct api_field approved_part[] = {A("text", API_TEXT, R, "words, or the name of the field"),
                                                 A("field", API_TRUTH, R, "to be filled in by who sends"),
                                                 A("number", API_NUMBER, N, "of the field, from 1"),
                                                 {0}};
static const struct api_field menus[] = {D("agents", API_LIST, R, "Helper"),
                                         D("labels", API_LIST, R, "Label"),
                                         F("hands", API_NUMBER, R),
                                         A("can", API_OBJECT, R, "acts that are possible now, each true or false"),
                                         D("snoozes", API_LIST, R, "Snooze"),
                                         D("priorities", API_LIST, R, "Grade"),
                                         A("boundary_left", API_TRUTH, R, "one boundary reply is still allowed"),
                                         {0}};
static const struct api_field helper[] = {F("id", API_ID, R),
                                          F("name", API_TEXT, R),
                                          A("knows", API_TRUTH, R, "wrote to this person before"),
                                          F("me", API_TRUTH, R),
                                          {0}};
static const struct api_field grade[] = {
    D("value", API_CHOICE, R, "grave|high|normal|low"), A("checked", API_TRUTH, R, "as it is now"), {0}};
static const struct api_field snooze[] = {
    D("value", API_CHOICE, R, "written|tomorrow|week"), F("at", API_TIME, N), {0}};

/* ---- a person ---- */

static const struct api_field who[] = {
    D("person", API_REF, R, "Person"),     D("note", API_REF, 0, "PersonNote"),
    D("promises", API_LIST, R, "Promise"), D("knows", API_LIST, R, "Knows"),
    D("needs", API_LIST, R, "PastNeed"),   D("identities", API_LIST, R, "Identity"),
    F("aside_times", API_NUMBER, R),       D("merge", API_REF, 0, "SamePerson"),
    D("alike", API_LIST, R, "SamePerson"), {0}};
static const struct api_field person[] = {F("id", API_ID, R),
                                          F("name", API_TEXT, R),
                                          A("lang", API_TEXT, R | N, "of a name in another script"),
                                          F("place", API_TEXT, R),
                                          F("language", API_TEXT, R),
                                          F("since", API_TIME, R | N),
                                          {0}};
static const struct api_field person_note[] = {F("text", API_TEXT, R), F("lang", API_TEXT, R), {0}};
static const struct api_field promise[] = {F("id", API_ID, R),
                                           F("text", API_TEXT, R),
                                           F("lang", API_TEXT, R),
                                           F("due", API_TIME, R | N),
                                           D("state", API_CHOICE, R, "open|kept|broken"),
                                           D("by", API_REF, R | N, "Named"),
                                           {0}};
static const struct api_field knows[] = {D("agent", API_REF, R, "Named"),
                                         F("last", API_TIME, R | N),
                                         F("times", API_NUMBER, R),
                                         F("me", API_TRUTH, R),
                                         {0}};
static const struct api_field past_need[] = {
    F("conversation", API_ID, R),
    F("text", API_TEXT, R),
    F("lang", API_TEXT, R),
    F("at", API_TIME, R | N),
    D("by", API_REF, R | N, "Named"),
    D("outcome", API_CHOICE, R, "solved|came_back|closed|open|aside|answered"),
    {0}};
static const struct api_field identity[] = {
    A("id", API_TEXT, R, "<network>:<their id there>"),
    F("network", API_TEXT, R),
    F("icon", API_TEXT, R),
    F("channel", API_TEXT, R),
    F("handle", API_TEXT, R),
    A("phone", API_TEXT, R, "their number, as one calls it, where the network tells it"),
    A("vouched", API_TRUTH, R, "the brand's own site says who it is"),
    F("private", API_TRUTH, R),
    F("public", API_TRUTH, R),
    F("closes", API_TIME, R | N),
    F("closing", API_TRUTH, R),
    F("shut", API_TRUTH, R),
    A("blocked", API_TRUTH, R, "the network says they cannot be reached here"),
    F("since", API_TIME, R | N),
    {0}};
static const struct api_field same_person[] = {F("id", API_ID, R),
                                               F("name", API_TEXT, R),
                                               A("why", API_TEXT, R, "of the first reason"),
                                               D("reasons", API_LIST, R, "LikenessReason"),
                                               {0}};
static const struct api_field likeness_reason[] = {
    D("why", API_CHOICE, R, "same_phone|same_email|same_handle|said_phone|said_email|said_handle|told"),
    A("value", API_TEXT, R, "+39…, an address, @name"),
    A("network", API_TEXT, R, "of this person"),
    A("other_network", API_TEXT, R, "of the other"),
    A("said_by", API_TEXT, R, "said_…: the name of who wrote it"),
    {0}};

const struct api_schema api_schemas_desk[] = {
    {"Named", "A person or a colleague", named},
    {"Row", "A conversation in a list", row},
    {"Said", "Their last words", said},
    {"Why", "Why a conversation stands where it stands", why},
    {"Wick", "What is left of the reply window", wick},
    {"Being", "Who is there now: a colleague, or the person themselves", being},
    {"Asleep", "Until when it sleeps", asleep},
    {"ListView", "A saved view beside the list", list_view},
    {"Story", "One conversation", story},
    {"Conversation", "Its head", conversation},
    {"Need", "What this person needs, in one line", need},
    {"Earlier", "Conversations before this one", earlier},
    {"Item", "Something in a story; kind says which of the rest is there", item},
    {"Door", "A way a message came or goes", door},
    {"Thread", "The post under which it was said", thread},
    {"Edited", "The words before", edited},
    {"Origin", "What a message came from", origin},
    {"Withdrawn", "Its author deleted it", withdrawn},
    {"Passage", "A private link in a reply: who opened it, and whether it is surely them", passage},
    {"Claim", "A talk that began by a private link, and is not proven to be theirs", claim},
    {"Unsent", "Why a reply is not delivered", unsent},
    {"Attachment", "A file", attachment},
    {"Composer", "What a reply may be", composer},
    {"Words", "A draft", words},
    {"OpenDoor", "A door through which a reply can go", open_door},
    {"ShutDoor", "One through which none can go now", shut_door},
    {"ApprovedWords", "What the network approved beforehand: it goes also through a door whose window is closed",
     approved_words},
    {"ApprovedPart", "A piece of approved words", approved_part},
    {"Menus", "What can be done", menus},
    {"Helper", "A colleague who could take over", helper},
    {"Snooze", "A time to sleep", snooze},
    {"Grade", "A priority", grade},
    {"Who", "A person", who},
    {"Person", "Who they are", person},
    {"PersonNote", "What colleagues should know", person_note},
    {"Promise", "What we promised", promise},
    {"Knows", "Who knows them", knows},
    {"PastNeed", "What they needed before", past_need},
    {"Identity", "Where they reach us", identity},
    {"SamePerson", "Somebody who might be the same", same_person},
    {"LikenessReason", "Why two may be one", likeness_reason},
    {0}};
