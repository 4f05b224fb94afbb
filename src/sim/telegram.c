/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Telegram: a bot that people write to in private, and a group of which it is a member. Its calls are
 * under /telegram/bot<token>/METHOD, its files under /telegram/file/bot<token>/PATH. The bot hears of edits,
 * reactions and of who stops it; of deletions, of reading and typing it hears nothing. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_telegram.h"

#define TEXT_MAX    4096
#define CAPTION_MAX 1024

/* ---- ids: a message is called CHAT:NUMBER here, as its number is unique in its chat only ---- */

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str chat = kind == SIM_PRIVATE && person != NULL ? person->ids[SIM_TELEGRAM] : STR(SIM_TELEGRAM_GROUP);
    struct str before = str_format(sim->state, "%.*s:", STR_ARGS(chat));
    struct sim_item *item;
    int number = 1;

    (void)root;
    for (item = sim->items; item != NULL; item = item->next)
        number += item->network == SIM_TELEGRAM && str_starts(item->id, before);
    return str_format(sim->state, "%.*s%d", STR_ARGS(before), number);
}

/* Above 2^32, as newer accounts are. */
static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 9);

    (void)sim;
    return str_format(a, "5%.*s", STR_ARGS(digits));
}

static struct str new_media(struct sim *sim)
{
    struct str random = random_token(sim->state, 24);

    return str_format(sim->state, "AgACAgQAAxkB%.*s", STR_ARGS(random));
}

static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    (void)line;
    (void)a;
    sim_parcel_header(parcel, "X-Telegram-Bot-Api-Secret-Token", secret);
}

/* ---- answers ---- */

static void answer(struct sim_call *c, struct json *result)
{
    c->answer = json_object(c->a);
    json_set_bool(c->a, c->answer, "ok", true);
    json_set(c->a, c->answer, "result", result);
}

static void problem(struct sim_call *c, int code, const char *words)
{
    c->status = code;
    c->answer = json_object(c->a);
    json_set_bool(c->a, c->answer, "ok", false);
    json_set_int(c->a, c->answer, "error_code", code);
    json_set_str(c->a, c->answer, "description", str_dup(c->a, str_from(words)));
}

static void refuse_rate(struct sim_call *c)
{
    int seconds = (sim_fault_ms(c->sim, SIM_TELEGRAM, SIM_FAULT_RATE, SIM_RATE_MS) + 999) / 1000;
    struct str words = str_format(c->a, "Too Many Requests: retry after %d", seconds);
    struct json *parameters = json_object(c->a);

    problem(c, 429, words.ptr);
    json_set_int(c->a, parameters, "retry_after", seconds);
    json_set(c->a, c->answer, "parameters", parameters);
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        problem(c, 401, "Unauthorized");
    else if (fault == SIM_FAULT_PERMISSION)
        problem(c, 400, "Bad Request: not enough rights to send text messages to the chat");
    else if (fault == SIM_FAULT_RATE)
        refuse_rate(c);
    else if (fault == SIM_FAULT_WINDOW)
        problem(c, 400, "Bad Request: BUSINESS_PEER_USAGE_MISSING");
    else if (fault == SIM_FAULT_BLOCKED)
        problem(c, 403, detail != NULL ? detail : "Forbidden: bot was blocked by the user");
    else if (fault == SIM_FAULT_GONE)
        problem(c, 400, "Bad Request: message to be replied not found");
    else
        problem(c, 400, detail != NULL ? detail : "Bad Request: message text is not allowed");
}

/* ---- calls ---- */

static struct str token(struct sim_call *c)
{
    struct str part = c->count > 0 ? c->parts[0] : STR_EMPTY;

    if (str_eq(part, STR("file")))
        part = c->count > 1 ? c->parts[1] : STR_EMPTY;
    return str_starts(part, STR("bot")) ? str_slice(part, 3, part.len) : STR_EMPTY;
}

static struct str method(const struct sim_call *c)
{
    return c->count == 2 && !str_eq(c->parts[0], STR("file")) ? c->parts[1] : STR_EMPTY;
}

static bool sends(struct sim_call *c)
{
    struct str name = method(c);

    return c->req->method == HTTP_POST && str_starts(name, STR("send")) && !str_eq(name, STR("sendChatAction"));
}

struct sending {
    struct sim_person *person; /* NULL: the group */
    struct sim_item *answered;
    struct sim_media *media;
    struct str text;
};

static bool find_chat(struct sim_call *c, struct sending *s)
{
    struct str chat = sim_param(c, "chat_id");

    if (chat.len == 0) {
        refuse(c, SIM_FAULT_CONTENT, "Bad Request: chat_id is empty");
        return false;
    }
    if (str_eq(chat, STR(SIM_TELEGRAM_GROUP)))
        return true;
    s->person = sim_call_person(c, chat);
    if (s->person == NULL) {
        problem(c, 400, "Bad Request: chat not found");
        return false;
    }
    if (s->person->blocked[SIM_TELEGRAM] || sim_fault_take(c->sim, SIM_TELEGRAM, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return false;
    }
    if (sim_last_from(c->sim, SIM_TELEGRAM, s->person) == NULL && !c->sim->config.lenient) {
        refuse(c, SIM_FAULT_BLOCKED, "Forbidden: bot can't initiate conversation with a user");
        return false;
    }
    return true;
}

/* An object in JSON, JSON text in a form. */
static const struct json *object_param(struct sim_call *c, const char *name)
{
    const struct json *j = json_get(c->body, name);
    struct str text = http_form(c->req, name);

    return j == NULL && text.len > 0 ? json_parse(c->a, text, NULL) : j;
}

static bool find_answered(struct sim_call *c, struct sending *s)
{
    const struct json *reply = object_param(c, "reply_parameters");
    struct str number = json_id(json_get(reply, "message_id"));
    struct str chat = s->person != NULL ? s->person->ids[SIM_TELEGRAM] : STR(SIM_TELEGRAM_GROUP);

    if (reply == NULL)
        return true;
    s->answered =
        sim_item_find(c->sim, SIM_TELEGRAM, str_format(c->a, "%.*s:%.*s", STR_ARGS(chat), STR_ARGS(number)));
    if (s->answered != NULL && (s->answered->deleted || sim_fault_take(c->sim, SIM_TELEGRAM, SIM_FAULT_GONE)))
        s->answered = NULL;
    if (s->answered != NULL || json_bool(json_get(reply, "allow_sending_without_reply"), false))
        return true;
    refuse(c, SIM_FAULT_GONE, NULL);
    return false;
}

static bool text_fits(struct sim_call *c, struct str text, size_t most, const char *long_words)
{
    if (text_length(c->a, text, LENGTH_UTF16) > most) {
        refuse(c, SIM_FAULT_CONTENT, long_words);
        return false;
    }
    if (sim_fault_take(c->sim, SIM_TELEGRAM, SIM_FAULT_WINDOW)) {
        refuse(c, SIM_FAULT_WINDOW, NULL);
        return false;
    }
    if (sim_fault_take(c->sim, SIM_TELEGRAM, SIM_FAULT_CONTENT)) {
        refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    return true;
}

static bool find_content(struct sim_call *c, struct sending *s)
{
    bool words = str_eq(method(c), STR("sendMessage"));

    s->text = sim_param(c, words ? "text" : "caption");
    if (words && str_trim(s->text).len == 0) {
        refuse(c, SIM_FAULT_CONTENT, "Bad Request: message text is empty");
        return false;
    }
    if (!text_fits(c, s->text, words ? TEXT_MAX : CAPTION_MAX,
                   words ? "Bad Request: message is too long" : "Bad Request: message caption is too long"))
        return false;
    if (words)
        return true;
    s->media = sim_call_upload(c);
    if (s->media == NULL)
        refuse(c, SIM_FAULT_CONTENT, "Bad Request: there is no file in the request");
    return s->media != NULL;
}

static void send(struct sim_call *c)
{
    static const char *const known[] = {"sendMessage", "sendPhoto", "sendDocument", "sendVideo",
                                        "sendAudio",   "sendVoice", "sendAnimation"};
    struct sending s = {.person = NULL};
    struct sim *sim = c->sim;
    struct sim_item *item;
    enum sim_kind kind;
    size_t n;

    for (n = 0; n < COUNT_OF(known) && !str_eq(method(c), str_from(known[n])); n++)
        ;
    if (n == COUNT_OF(known)) {
        problem(c, 404, "Not Found: method not found");
        return;
    }
    if (!find_chat(c, &s) || !find_answered(c, &s) || !find_content(c, &s))
        return;
    kind = s.person != NULL ? SIM_PRIVATE : SIM_TWEET;
    item = sim_item_new(sim, SIM_TELEGRAM, kind, sim_new_id(sim, SIM_TELEGRAM, kind, s.person, STR_EMPTY));
    item->person = s.person;
    item->parent = s.answered;
    item->root = s.answered != NULL ? s.answered->root : item->id;
    item->text = sim_copy(sim, s.text);
    item->media = s.media;
    if (s.media != NULL)
        item->media_kind = str_starts(s.media->mime, STR("image/")) ? STR("picture") : STR("file");
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, s.person != NULL ? "chat" : "group",
                  s.person != NULL ? s.person->ids[SIM_TELEGRAM] : STR(SIM_TELEGRAM_GROUP));
    answer(c, sim_telegram_message(sim, c->a, item, true));
}

/* A message of the bot's own, by chat_id and message_id. */
static struct sim_item *own_message(struct sim_call *c)
{
    struct str chat = sim_param(c, "chat_id"), number = sim_param(c, "message_id");
    struct sim_item *item =
        sim_item_find(c->sim, SIM_TELEGRAM, str_format(c->a, "%.*s:%.*s", STR_ARGS(chat), STR_ARGS(number)));

    return item != NULL && item->author == NULL && !item->deleted ? item : NULL;
}

static void change(struct sim_call *c, bool removed)
{
    struct sim_item *item = own_message(c);

    if (item == NULL) {
        problem(c, 400,
                removed ? "Bad Request: message to delete not found" : "Bad Request: message to edit not found");
        return;
    }
    item->deleted = removed;
    sim_changed(c->sim);
    if (removed) {
        answer(c, json_new_bool(c->a, true));
        return;
    }
    item->text = sim_copy(c->sim, sim_param(c, "text"));
    item->edited_at = sim_now(c->sim);
    answer(c, sim_telegram_message(c->sim, c->a, item, true));
}

/* ---- files and webhooks ---- */

static void tell_file(struct sim_call *c)
{
    const struct sim_media *media = sim_media_find(c->sim, sim_param(c, "file_id"));
    struct json *file;

    if (media == NULL) {
        problem(c, 400, "Bad Request: wrong file_id or the file is temporarily unavailable");
        return;
    }
    file = sim_telegram_file(c->a, media, media->id, 0);
    json_set_str(c->a, file, "file_path", str_format(c->a, "files/%.*s", STR_ARGS(media->id)));
    answer(c, file);
}

static void give_file(struct sim_call *c)
{
    const struct sim_media *media = c->count == 4 ? sim_media_find(c->sim, c->parts[3]) : NULL;

    if (media == NULL) {
        problem(c, 404, "Not Found");
        return;
    }
    c->type = str_dup(c->a, media->mime);
    c->raw = str_dup(c->a, media->bytes);
}

static void set_webhook(struct sim_call *c, struct str url)
{
    struct sim_line *line = &c->sim->lines[SIM_TELEGRAM];
    struct str secret = sim_param(c, "secret_token");

    line->account.hook_url = url.len > 0 ? arena_copy(c->sim->house, url.ptr, url.len) : NULL;
    if (secret.len > 0)
        line->account.secret = arena_copy(c->sim->house, secret.ptr, secret.len);
    sim_handshake_begin(c->sim, SIM_TELEGRAM);
    answer(c, json_new_bool(c->a, true));
}

static void tell_webhook(struct sim_call *c)
{
    struct json *info = json_object(c->a);
    const char *url = c->sim->lines[SIM_TELEGRAM].account.hook_url;

    json_set_str(c->a, info, "url", url != NULL ? str_from(url) : STR_EMPTY);
    json_set_bool(c->a, info, "has_custom_certificate", false);
    json_set_int(c->a, info, "pending_update_count", 0);
    answer(c, info);
}

static void serve(struct sim_call *c)
{
    struct str name = method(c);

    if (str_eq(c->parts[0], STR("file")))
        give_file(c);
    else if (sends(c))
        send(c);
    else if (str_eq(name, STR("getMe")))
        answer(c, sim_telegram_bot(c->sim, c->a));
    else if (str_eq(name, STR("getFile")))
        tell_file(c);
    else if (str_eq(name, STR("editMessageText")) || str_eq(name, STR("deleteMessage")))
        change(c, str_eq(name, STR("deleteMessage")));
    else if (str_eq(name, STR("setWebhook")))
        set_webhook(c, sim_param(c, "url"));
    else if (str_eq(name, STR("deleteWebhook")))
        set_webhook(c, STR_EMPTY);
    else if (str_eq(name, STR("getWebhookInfo")))
        tell_webhook(c);
    else if (str_eq(name, STR("getUpdates")))
        problem(c, 409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first");
    else if (str_eq(name, STR("sendChatAction")) || str_eq(name, STR("answerCallbackQuery")))
        answer(c, json_new_bool(c->a, true));
    else
        problem(c, 404, "Not Found");
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "telegram",
     .label = {"Telegram", "Telegram"},
     .advice = {"Scrivi al bot di {}, poi bloccalo: la scrivania sa che qui non ti raggiunge più.",
                "Write to the bot of {}, then block it: the desk knows that it cannot reach you here any more."},
     .private = true},
    {.name = "telegram-group",
     .label = {"Telegram, gruppo", "Telegram, group"},
     .advice = {"Chiedi qualcosa nel gruppo dei clienti di {}: la risposta la leggono tutti.",
                "Ask something in the group of customers of {}: everybody reads the answer."},
     .write = {"Scrivi nel gruppo di {}", "Write in the group of {}"}},
    {0},
};
static const struct sim_past_door doors[] = {{"chat", "message"}, {"group", "comment"}, {0}};

const struct sim_driver sim_telegram = {
    .name = "telegram",
    .base = "/telegram",
    .account = {"7100000718", "7100000718:simulated-telegram-token", "simulated-telegram-secret", NULL, NULL},
    .named = {NULL, "bot_token", "secret_token", NULL, NULL},
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .new_media = new_media,
    .lacks = "permission gone",
    .acts = "post comment message edit delete react read typing block unblock",
    .attach_public = "picture",
    .attach_private = "picture sticker location file unsupported",
    .post = SIM_TWEET,
    .comment = SIM_TWEET,
    .webp_stickers = true,
    .tell = sim_telegram_tell,
    .sign = sign,
    .token = token,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
