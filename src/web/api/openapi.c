/* SPDX-License-Identifier: Apache-2.0 */
/* /api/openapi.json (OpenAPI 3.1), made from the routes and the declarations of the calls. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "web/api/api.h"

/* ---- values ---- */

static struct json *ref(struct arena *a, const char *kind, const char *name)
{
    struct json *object = json_object(a);
    json_set_str(a, object, "$ref", str_format(a, "#/components/%s/%s", kind, name));
    return object;
}

static struct json *typed(struct arena *a, const char *type)
{
    struct json *object = json_object(a);
    json_set_str(a, object, "type", str_from(type));
    return object;
}

static struct json *list_of(struct arena *a, struct json *items)
{
    struct json *object = typed(a, "array");
    json_set(a, object, "items", items);
    return object;
}

static struct json *choices(struct arena *a, const struct api_field *f)
{
    struct json *object = typed(a, "string"), *list = json_array(a);
    struct str rest = str_from(f->detail), one;
    while (str_split(&rest, '|', &one))
        json_push(a, list, json_new_str(a, one));
    if (f->flags & API_NULL)
        json_push(a, list, json_new_null(a));
    json_set(a, object, "enum", list);
    return object;
}

static struct json *patterned(struct arena *a, const char *pattern)
{
    struct json *object = typed(a, "string");
    json_set_str(a, object, "pattern", str_from(pattern));
    return object;
}

static struct json *formatted(struct arena *a, const char *format)
{
    struct json *object = typed(a, "string");
    json_set_str(a, object, "format", str_from(format));
    return object;
}

static struct json *bounded(struct arena *a, const struct api_field *f)
{
    bool number = f->type == API_NUMBER;
    struct json *object = typed(a, number ? "integer" : "string");
    if (number && f->most) {
        json_set_int(a, object, "minimum", f->least);
        json_set_int(a, object, "maximum", f->most);
    }
    if (!number && f->most)
        json_set_int(a, object, "maxLength", f->most);
    return object;
}

static struct json *value_plain(struct arena *a, const struct api_field *f)
{
    struct json *object;
    switch (f->type) {
    case API_TEXT:
    case API_NUMBER: return bounded(a, f);
    case API_ID: return patterned(a, "^[0-9]+$");
    case API_IDS: return list_of(a, patterned(a, "^[0-9]+$"));
    case API_TRUTH: return typed(a, "boolean");
    case API_TIME: return formatted(a, "date-time");
    case API_DAY: return formatted(a, "date");
    case API_CHOICE: return choices(a, f);
    case API_CURSOR: return patterned(a, "^-?[0-9]+\\.[0-9]+$");
    case API_OWNER: return patterned(a, "^(me|nobody|[0-9]+)$");
    case API_DOOR: return patterned(a, "^[0-9]+:.+$");
    case API_WORDS:
        object = typed(a, "object");
        json_set(a, object, "additionalProperties", typed(a, "string"));
        return object;
    case API_REF: return ref(a, "schemas", f->detail);
    case API_LIST: return list_of(a, ref(a, "schemas", f->detail));
    case API_TEXTS: return list_of(a, typed(a, "string"));
    case API_OBJECT: return typed(a, "object");
    }
    return json_object(a);
}

static struct json *or_null(struct arena *a, const struct api_field *f, struct json *value)
{
    struct json *types = json_array(a);
    if (f->type == API_REF) {
        struct json *object = json_object(a), *either = json_array(a);
        json_push(a, either, value);
        json_push(a, either, typed(a, "null"));
        json_set(a, object, "oneOf", either);
        return object;
    }
    json_push(a, types, json_new_str(a, json_text(json_get(value, "type"))));
    json_push(a, types, json_new_str(a, STR("null")));
    json_set(a, value, "type", types);
    return value;
}

static struct json *value_of(struct arena *a, const struct api_field *f)
{
    struct json *value = value_plain(a, f);
    if (f->flags & API_NULL)
        value = or_null(a, f, value);
    if (f->about)
        json_set_str(a, value, "description", str_from(f->about));
    return value;
}

static struct json *object_of(struct arena *a, const struct api_field *fields, bool closed)
{
    struct json *object = typed(a, "object"), *properties = json_object(a), *required = json_array(a);
    for (const struct api_field *f = fields; f && f->name; f++) {
        json_set(a, properties, f->name, value_of(a, f));
        if (f->flags & API_REQUIRED)
            json_push(a, required, json_new_str(a, str_from(f->name)));
    }
    json_set(a, object, "properties", properties);
    if (json_count(required))
        json_set(a, object, "required", required);
    if (closed)
        json_set_bool(a, object, "additionalProperties", false);
    return object;
}

static struct json *page_of(struct arena *a, const char *schema)
{
    const struct api_field fields[] = {
        {"items", API_LIST, API_REQUIRED, NULL, schema, 0, 0},
        {"next", API_TEXT, API_REQUIRED | API_NULL, "give it as the cursor; null: nothing follows", NULL, 0, 0},
        {0}};
    return object_of(a, fields, false);
}

/* ---- answers ---- */

static const enum error_code told[] = {ERR_MALFORMED, ERR_UNAUTHENTICATED, ERR_FORBIDDEN,    ERR_NOT_FOUND,
                                       ERR_CONFLICT,  ERR_BAD_INPUT,       ERR_RATE_LIMITED, ERR_UNAVAILABLE};

static struct json *content(struct arena *a, struct json *schema)
{
    struct json *media = json_object(a), *json = json_object(a);
    json_set(a, json, "schema", schema);
    json_set(a, media, "application/json", json);
    return media;
}

/* A body is JSON or a form; an object inside it is JSON's alone. */
static struct json *body_of(struct arena *a, const struct api_field *fields)
{
    struct json *body = json_object(a), *schema = object_of(a, fields, true), *media = content(a, schema);
    bool needed = false, flat = true;
    for (const struct api_field *f = fields; f->name; f++) {
        needed |= (f->flags & API_REQUIRED) != 0;
        flat &= f->type != API_WORDS;
    }
    if (flat)
        json_set(a, media, "application/x-www-form-urlencoded", api_member(media, "application/json"));
    json_set(a, body, "content", media);
    json_set_bool(a, body, "required", needed);
    return body;
}

static struct json *limit_headers(struct arena *a)
{
    static const char *const names[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"};
    struct json *headers = json_object(a);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        json_set(a, headers, names[i], ref(a, "headers", names[i]));
    return headers;
}

static struct json *answer(struct arena *a, const char *about, struct json *schema)
{
    struct json *object = json_object(a);
    json_set_str(a, object, "description", str_from(about));
    json_set(a, object, "headers", limit_headers(a));
    json_set(a, object, "content", content(a, schema));
    return object;
}

static bool can_happen(enum error_code code, const struct route *route, const struct api_call *call)
{
    bool change = route->method != HTTP_GET, open = route->permission == PERM_PUBLIC;
    if (code == ERR_MALFORMED)
        return change && call && call->body;
    if (code == ERR_CONFLICT)
        return change;
    if (code == ERR_NOT_FOUND)
        return strstr(route->path, ":id") != NULL;
    if (code == ERR_BAD_INPUT)
        return call != NULL;
    return code == ERR_RATE_LIMITED || !open;
}

static struct json *responses(struct arena *a, const struct route *route, const struct api_call *call)
{
    struct json *object = json_object(a), *good, *schema;
    int status = call && call->status ? call->status : 200;
    if (call)
        schema = call->page ? page_of(a, call->page) : ref(a, "schemas", call->answer);
    else
        schema = typed(a, "object");
    good = answer(a, "Done.", schema);
    json_set(a, object, str_cstr(a, str_format(a, "%d", status)), good);
    for (size_t i = 0; i < COUNT_OF(told); i++)
        if (can_happen(told[i], route, call))
            json_set(a, object, str_cstr(a, str_format(a, "%d", error_http_status(told[i]))),
                     ref(a, "responses", error_json_code(told[i])));
    return object;
}

/* ---- operations ---- */

static struct json *parameter(struct arena *a, const char *where, const char *name, struct json *schema)
{
    struct json *object = json_object(a);
    json_set_str(a, object, "name", str_from(name));
    json_set_str(a, object, "in", str_from(where));
    json_set(a, object, "schema", schema);
    return object;
}

static struct json *parameters(struct arena *a, const struct route *route, const struct api_call *call)
{
    struct json *list = json_array(a);
    if (strstr(route->path, ":id")) {
        struct json *id = parameter(a, "path", "id", patterned(a, "^[0-9]+$"));
        json_set_bool(a, id, "required", true);
        json_push(a, list, id);
    }
    for (const struct api_field *f = call ? call->query : NULL; f && f->name; f++) {
        struct json *one = parameter(a, "query", f->name, value_of(a, f));
        json_set_bool(a, one, "required", (f->flags & API_REQUIRED) != 0);
        json_push(a, list, one);
    }
    if (route->method != HTTP_GET)
        json_push(a, list, ref(a, "parameters", "IdempotencyKey"));
    return list;
}

static struct json *security(struct arena *a, const struct route *route, const struct api_call *call)
{
    struct json *list = json_array(a), *session = json_object(a), *token = json_object(a);
    if (route->permission == PERM_PUBLIC)
        return list;
    json_set(a, session, "session", json_array(a));
    if (route->method != HTTP_GET)
        json_set(a, session, "csrf", json_array(a));
    json_push(a, list, session);
    json_set(a, token, "token", json_array(a));
    if (!(call && call->in_person) && route->permission <= PERM_AGENT)
        json_push(a, list, token);
    return list;
}

static const char *method_word(enum http_method method)
{
    switch (method) {
    case HTTP_POST: return "post";
    case HTTP_PUT: return "put";
    case HTTP_PATCH: return "patch";
    case HTTP_DELETE: return "delete";
    case HTTP_GET:
    case HTTP_HEAD:
    case HTTP_OPTIONS:
    case HTTP_OTHER: break;
    }
    return "get";
}

/* "/api/v1/conversations/:id/need" → "post_conversations_id_need" */
static struct str operation_id(struct arena *a, const struct route *route)
{
    struct buf b;
    struct str rest = str_from(route->path), part;
    buf_init(&b, a, 64);
    buf_cstr(&b, method_word(route->method));
    while (str_split(&rest, '/', &part)) {
        if (part.len == 0 || str_eq(part, STR("api")) || str_eq(part, STR("v1")))
            continue;
        buf_char(&b, '_');
        for (size_t i = part.ptr[0] == ':'; i < part.len; i++)
            buf_char(&b, part.ptr[i] == '-' || part.ptr[i] == '.' ? '_' : part.ptr[i]);
    }
    return str_dup(a, buf_view(&b));
}

static struct str tag_of(struct arena *a, const struct route *route)
{
    struct str rest = str_from(route->path), part, first = STR("description");
    for (int i = 0; i < 4 && str_split(&rest, '/', &part); i++)
        if (i == 3)
            first = part;
    return str_dup(a, first);
}

static struct json *operation(struct arena *a, const struct route *route)
{
    static const char *const words[] = {[PERM_UNSET] = "",      [PERM_PUBLIC] = "public", [PERM_READ] = "read-only",
                                        [PERM_AGENT] = "agent", [PERM_LEAD] = "lead",     [PERM_ADMIN] = "admin"};
    const struct api_call *call = api_call_of(route);
    struct json *object = json_object(a), *tags = json_array(a);
    json_set_str(a, object, "operationId", operation_id(a, route));
    json_push(a, tags, json_new_str(a, tag_of(a, route)));
    json_set(a, object, "tags", tags);
    json_set_str(a, object, "summary", str_from(route->summary));
    json_set_str(a, object, "x-permission", str_from(words[route->permission]));
    json_set_bool(a, object, "x-in-person", call && call->in_person);
    json_set(a, object, "security", security(a, route, call));
    json_set(a, object, "parameters", parameters(a, route, call));
    if (call && call->body)
        json_set(a, object, "requestBody", body_of(a, call->body));
    json_set(a, object, "responses", responses(a, route, call));
    return object;
}

static const char *path_written(struct arena *a, const char *path)
{
    struct buf b;
    struct str rest = str_from(path), part;
    bool first = true;
    buf_init(&b, a, 64);
    while (str_split(&rest, '/', &part)) {
        if (!first)
            buf_char(&b, '/');
        first = false;
        if (part.len && part.ptr[0] == ':')
            buf_format(&b, "{%.*s}", STR_ARGS(str_slice(part, 1, part.len)));
        else
            buf_str(&b, part);
    }
    return str_cstr(a, buf_view(&b));
}

static struct json *paths(struct arena *a)
{
    struct json *all = json_object(a);
    const struct route *const *tables = router_all();
    for (size_t t = 0; tables[t]; t++) {
        for (const struct route *route = tables[t]; route->path; route++) {
            if (!str_starts(str_from(route->path), STR("/api/")))
                continue;
            const char *path = path_written(a, route->path);
            struct json *item = api_member(all, path);
            if (!item) {
                item = json_object(a);
                json_set(a, all, path, item);
            }
            json_set(a, item, method_word(route->method), operation(a, route));
        }
    }
    return all;
}

/* ---- components ---- */

static void schemas_add(struct arena *a, struct json *all, const struct api_schema *schemas)
{
    for (const struct api_schema *s = schemas; s->name; s++) {
        struct json *object = object_of(a, s->fields, false);
        json_set_str(a, object, "description", str_from(s->about));
        json_set(a, all, s->name, object);
    }
}

static struct json *header(struct arena *a, const char *about)
{
    struct json *object = json_object(a);
    json_set_str(a, object, "description", str_from(about));
    json_set(a, object, "schema", typed(a, "integer"));
    return object;
}

static struct json *headers(struct arena *a)
{
    struct json *all = json_object(a);
    json_set(a, all, "RateLimit-Limit", header(a, "Calls at once, for this token or session."));
    json_set(a, all, "RateLimit-Remaining", header(a, "Calls left."));
    json_set(a, all, "RateLimit-Reset", header(a, "Seconds until all are there again."));
    json_set(a, all, "Retry-After", header(a, "Seconds to wait."));
    return all;
}

static struct json *failures(struct arena *a)
{
    struct json *all = json_object(a);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct json *one = answer(a, error_words(told[i]), ref(a, "schemas", "Failure"));
        if (told[i] == ERR_RATE_LIMITED || told[i] == ERR_UNAVAILABLE)
            json_set(a, api_member(one, "headers"), "Retry-After", ref(a, "headers", "Retry-After"));
        json_set(a, all, error_json_code(told[i]), one);
    }
    return all;
}

static struct json *scheme(struct arena *a, const char *type, const char *where, struct str name, const char *about)
{
    struct json *object = typed(a, type);
    json_set_str(a, object, "description", str_from(about));
    if (where) {
        json_set_str(a, object, "in", str_from(where));
        json_set_str(a, object, "name", name);
    } else {
        json_set_str(a, object, "scheme", name);
    }
    return object;
}

static struct json *schemes(struct visit *v)
{
    struct arena *a = v->arena;
    struct json *all = json_object(a);
    struct str cookie = str_format(a, "ascolto_%lld", (long long)v->brand.id);
    json_set(
        a, all, "session",
        scheme(a, "apiKey", "cookie", cookie, "A colleague signed in at /desk/sign-in: may do what their role may."));
    json_set(
        a, all, "csrf",
        scheme(a, "apiKey", "header", STR("X-CSRF-Token"), "With a session, for changes: csrf of GET /api/v1/me."));
    json_set(
        a, all, "token",
        scheme(a, "http", NULL, STR("bearer"), "An integration: reads, or prepares; it never answers a person."));
    return all;
}

static struct json *components(struct visit *v)
{
    struct arena *a = v->arena;
    struct json *all = json_object(a), *schemas = json_object(a), *shared = json_object(a);
    struct json *key = parameter(a, "header", "Idempotency-Key", bounded(a, &(struct api_field){.most = 200}));
    schemas_add(a, schemas, api_schemas);
    schemas_add(a, schemas, api_schemas_desk);
    json_set_str(a, key, "description",
                 STR("The same key does it once and gets the same answer again (Idempotency-Replayed: true); with "
                     "another request it is refused (422)."));
    json_set_bool(a, key, "required", false);
    json_set(a, shared, "IdempotencyKey", key);
    json_set(a, all, "schemas", schemas);
    json_set(a, all, "parameters", shared);
    json_set(a, all, "headers", headers(a));
    json_set(a, all, "responses", failures(a));
    json_set(a, all, "securitySchemes", schemes(v));
    return all;
}

/* ---- the whole ---- */

struct json *api_description(struct visit *v)
{
    struct arena *a = v->arena;
    struct json *all = json_object(a), *info = json_object(a), *server = json_object(a), *servers = json_array(a);
    struct json *license = json_object(a);
    json_set_str(a, all, "openapi", STR("3.1.0"));
    json_set_str(a, license, "name", STR("Apache-2.0"));
    json_set_str(a, license, "identifier", STR("Apache-2.0"));
    json_set_str(a, info, "title", STR("Ascolto"));
    json_set_str(a, info, "version", STR("1"));
    json_set_str(
        a, info, "description",
        STR("The desk's own view models as JSON. Ids are strings, times are ISO 8601 in UTC, unknown fields are "
            "refused. A program reads and prepares; a person answers people."));
    json_set(a, info, "license", license);
    json_set(a, all, "info", info);
    json_set_str(a, server, "url", v->view.base.len ? v->view.base : STR("/"));
    json_push(a, servers, server);
    json_set(a, all, "servers", servers);
    json_set(a, all, "paths", paths(a));
    json_set(a, all, "components", components(v));
    return all;
}

static bool description_show(struct visit *v, struct error *e)
{
    (void)e;
    view_render(&v->view, v->http, "error", api_description(v));
    return true;
}

const struct route routes_api_openapi[] = {
    {HTTP_GET, "/api/openapi.json", PERM_PUBLIC, description_show, "This description"}, {0}};
