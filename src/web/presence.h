/* SPDX-License-Identifier: Apache-2.0 */
/* Who is reading and who is writing, in memory; forgotten 30 seconds after the last sign of life. A guest of the care
 * site at their own conversation is there too, and for an hour that they have left. */
#pragma once

#include "base/str.h"

struct arena;
struct presence;

enum doing { DOING_GONE, DOING_READING, DOING_WRITING, DOING_NOTING };
const char *doing_name(enum doing doing);
enum doing doing_from(struct str name);

#define BEING_GUEST 0 /* in the place of a colleague */

struct being {
    int64_t agent_id;
    enum doing doing;
    char name[96];
};

struct presence *presence_new(void);
void presence_free(struct presence *presence);
/* True when this changes what others see (they should be told). */
bool presence_set(struct presence *presence, int64_t brand, int64_t conversation, int64_t agent, struct str name,
                  enum doing doing);
/* The others at a conversation; a guest who has left is DOING_GONE. */
size_t presence_list(struct presence *presence, struct arena *a, int64_t brand, int64_t conversation,
                     int64_t but_agent, struct being **out);
/* Whether a colleague gave a sign of life in the last minutes. */
bool presence_here(struct presence *presence, int64_t brand, int64_t agent);
