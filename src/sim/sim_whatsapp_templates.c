/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated WhatsApp Business Account: message templates that were approved for the brand, and filling one in. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "sim/sim_meta.h"

#define PAGE_DEFAULT 25

static const struct template
{
    const char *name, *language, *category, *format, *head, *body, *foot;
}
templates[] = {
    {"riprendiamo_da_qui", "it", "UTILITY", NULL, NULL,
     "Buongiorno {{1}}, sono {{2}} di Nuvola Mobile. Ci aveva scritto per {{3}}: possiamo riprendere da dove "
     "eravamo? "
     "Basta rispondere qui.",
     NULL},
    {"pratica_pronta", "it", "UTILITY", "TEXT", "Pratica {{1}}",
     "Buongiorno {{1}}, la sua pratica è pronta: {{2}}. Se qualcosa non torna, risponda a questo messaggio.",
     "Nuvola Mobile, servizio clienti"},
    {"picking_up_again", "en", "UTILITY", NULL, NULL,
     "Hello {{first_name}}, this is {{colleague}} from Nuvola Mobile. You had written to us about {{need}}: shall we "
     "go "
     "on from there? Just answer here.",
     NULL},
    {"saldi_estivi", "it", "MARKETING", "IMAGE", "-", "Da oggi {{1}} GB in più.", NULL},
};

static void add_part(struct sim_call *c, struct json *parts, const char *type, const char *format, const char *text)
{
    struct json *part = json_object(c->a);

    if (text == NULL)
        return;
    json_set_str(c->a, part, "type", str_from(type));
    if (format != NULL)
        json_set_str(c->a, part, "format", str_from(format));
    if (format == NULL || str_eq(str_from(format), STR("TEXT")))
        json_set_str(c->a, part, "text", str_from(text));
    json_push(c->a, parts, part);
}

static struct json *template_json(struct sim_call *c, size_t n)
{
    const struct template *t = &templates[n];
    struct json *j = json_object(c->a), *parts = json_array(c->a);

    add_part(c, parts, "HEADER", t->format, t->head);
    add_part(c, parts, "BODY", NULL, t->body);
    add_part(c, parts, "FOOTER", NULL, t->foot);
    json_set_str(c->a, j, "name", str_from(t->name));
    json_set(c->a, j, "components", parts);
    json_set_str(c->a, j, "language", str_from(t->language));
    json_set_str(c->a, j, "status", STR("APPROVED"));
    json_set_str(c->a, j, "category", str_from(t->category));
    json_set_str(c->a, j, "id", str_format(c->a, "92007035264614%zu", n));
    return j;
}

static int64_t number_param(struct sim_call *c, const char *name, int64_t otherwise)
{
    int64_t value;

    return str_int64(http_query(c->req, name), &value) && value > 0 ? value : otherwise;
}

void sim_whatsapp_templates(struct sim_call *c)
{
    struct json *data = json_array(c->a), *paging = json_object(c->a), *cursors = json_object(c->a);
    size_t from = (size_t)number_param(c, "after", 0), limit = (size_t)number_param(c, "limit", PAGE_DEFAULT), n;

    for (n = from; n < COUNT_OF(templates) && n - from < limit; n++)
        json_push(c->a, data, template_json(c, n));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "data", data);
    json_set_str(c->a, cursors, "before", str_format(c->a, "%zu", from));
    json_set_str(c->a, cursors, "after", str_format(c->a, "%zu", n));
    json_set(c->a, paging, "cursors", cursors);
    if (n < COUNT_OF(templates))
        json_set_str(c->a, paging, "next", STR("https://graph.facebook.com/next"));
    json_set(c->a, c->answer, "paging", paging);
}

/* ---- filling one in ---- */

static const struct json *parameters_of(const struct json *components, const char *type)
{
    size_t n;

    for (n = 0; n < json_count(components); n++)
        if (str_eq(json_text(json_get(json_at(components, n), "type")), str_from(type)))
            return json_get(json_at(components, n), "parameters");
    return NULL;
}

static struct str value_of(const struct json *parameters, struct str field)
{
    int64_t place;
    size_t n;

    if (str_int64(field, &place) && place > 0)
        return json_text(json_get(json_at(parameters, (size_t)place - 1), "text"));
    for (n = 0; n < json_count(parameters); n++)
        if (str_eq(json_text(json_get(json_at(parameters, n), "parameter_name")), field))
            return json_text(json_get(json_at(parameters, n), "text"));
    return STR_EMPTY;
}

/* False when a field has no value, or a value no field. */
static bool fill(struct buf *out, struct str words, const struct json *parameters)
{
    size_t filled = 0;

    for (;;) {
        ptrdiff_t open = str_find(words, STR("{{")), close = str_find(words, STR("}}"));
        struct str value;

        if (open < 0 || close < open) {
            buf_str(out, words);
            return filled == json_count(parameters);
        }
        buf_str(out, str_slice(words, 0, (size_t)open));
        value = value_of(parameters, str_slice(words, (size_t)open + 2, (size_t)close));
        if (value.len == 0)
            return false;
        buf_str(out, value);
        words = str_slice(words, (size_t)close + 2, words.len);
        filled++;
    }
}

int sim_whatsapp_template(struct sim_call *c, struct str *text)
{
    const struct json *asked = json_get(c->body, "template"), *components = json_get(asked, "components");
    struct str name = json_text(json_get(asked, "name")),
               language = json_text(json_path(asked, "language", "code", NULL));
    struct buf out;
    size_t n;

    buf_init(&out, c->a, 256);
    for (n = 0; n < COUNT_OF(templates); n++) {
        const struct template *t = &templates[n];

        if (!str_eq(name, str_from(t->name)) || !str_eq(language, str_from(t->language)))
            continue;
        if (t->format != NULL && str_eq(str_from(t->format), STR("TEXT"))) {
            if (!fill(&out, str_from(t->head), parameters_of(components, "header")))
                return 132000;
            buf_cstr(&out, "\n\n");
        }
        if (!fill(&out, str_from(t->body), parameters_of(components, "body")))
            return 132000;
        if (t->foot != NULL)
            buf_format(&out, "\n\n%s", t->foot);
        *text = buf_view(&out);
        return 0;
    }
    return 132001;
}
