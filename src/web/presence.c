/* SPDX-License-Identifier: Apache-2.0 */
/* Presence: a small table under a lock; old entries are overwritten. */
#include "web/presence.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

#define BEINGS_MAX 4096
#define BEING_US   (30 * SECOND_US)
#define HERE_US    (5 * MINUTE_US)
#define LEFT_US    HOUR_US

struct slot {
    int64_t brand, conversation, seen_at;
    struct being being;
};
struct presence {
    struct arena *arena;
    pthread_mutex_t lock;
    size_t count;
    struct slot slots[BEINGS_MAX];
};

static const char *const doing_names[] = {"gone", "reading", "writing", "noting"};

const char *doing_name(enum doing doing)
{
    return doing_names[doing];
}

enum doing doing_from(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(doing_names); i++)
        if (str_eq(name, str_from(doing_names[i])))
            return (enum doing)i;
    return DOING_GONE;
}

struct presence *presence_new(void)
{
    struct arena *a = arena_new();
    struct presence *presence = ARENA_NEW(a, struct presence);
    presence->arena = a;
    pthread_mutex_init(&presence->lock, NULL);
    return presence;
}

void presence_free(struct presence *presence)
{
    if (!presence)
        return;
    pthread_mutex_destroy(&presence->lock);
    arena_free(presence->arena);
}

/* The colleague's slot at this conversation, or the one to use for it: a new one, else the oldest. */
static struct slot *slot_of(struct presence *p, int64_t brand, int64_t conversation, int64_t agent)
{
    struct slot *oldest = &p->slots[0];
    for (size_t i = 0; i < p->count; i++) {
        struct slot *s = &p->slots[i];
        if (s->brand == brand && s->conversation == conversation && s->being.agent_id == agent)
            return s;
        if (s->seen_at < oldest->seen_at)
            oldest = s;
    }
    struct slot *fresh = p->count < BEINGS_MAX ? &p->slots[p->count++] : oldest;
    *fresh = (struct slot){.brand = brand, .conversation = conversation, .being = {.agent_id = agent}};
    return fresh;
}

/* A name that is too long ends between two letters, never within one. */
static void being_call(struct being *being, struct str name)
{
    size_t len = name.len < sizeof being->name ? name.len : sizeof being->name - 1;
    while (len < name.len && len > 0 && ((unsigned char)name.ptr[len] & 0xc0) == 0x80)
        len--;
    if (len)
        memcpy(being->name, name.ptr, len);
    being->name[len] = 0;
}

bool presence_set(struct presence *p, int64_t brand, int64_t conversation, int64_t agent, struct str name,
                  enum doing doing)
{
    int64_t now = clock_monotonic();
    pthread_mutex_lock(&p->lock);
    struct slot *slot = slot_of(p, brand, conversation, agent);
    bool alive = slot->seen_at && now - slot->seen_at < BEING_US;
    bool changed = (alive ? slot->being.doing : DOING_GONE) != doing;
    slot->seen_at = now;
    slot->being.doing = doing;
    being_call(&slot->being, name);
    pthread_mutex_unlock(&p->lock);
    return changed;
}

/* What is said of it now; false: nothing. */
static bool slot_tells(const struct slot *s, int64_t now, struct being *out)
{
    int64_t since = now - s->seen_at;
    *out = s->being;
    if (since >= BEING_US)
        out->doing = DOING_GONE;
    return out->doing != DOING_GONE || (out->agent_id == BEING_GUEST && since < LEFT_US);
}

size_t presence_list(struct presence *p, struct arena *a, int64_t brand, int64_t conversation, int64_t but_agent,
                     struct being **out)
{
    int64_t now = clock_monotonic();
    size_t n = 0;
    pthread_mutex_lock(&p->lock);
    struct being *list = ARENA_ARRAY(a, struct being, 8);
    for (size_t i = 0; i < p->count && n < 8; i++) {
        const struct slot *s = &p->slots[i];
        if (s->brand == brand && s->conversation == conversation && s->being.agent_id != but_agent &&
            slot_tells(s, now, &list[n]))
            n++;
    }
    pthread_mutex_unlock(&p->lock);
    *out = list;
    return n;
}

bool presence_here(struct presence *p, int64_t brand, int64_t agent)
{
    int64_t now = clock_monotonic();
    bool here = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->count && !here; i++)
        here =
            p->slots[i].brand == brand && p->slots[i].being.agent_id == agent && now - p->slots[i].seen_at < HERE_US;
    pthread_mutex_unlock(&p->lock);
    return here;
}
