/* SPDX-License-Identifier: Apache-2.0 */
/* The feed: a reader of the event log that tells open pages what happened. Each page has its own cursor; one that
 * lost its connection resumes from Last-Event-ID and misses nothing. Presence passes through it too, and is not
 * stored. */
#pragma once

#include "base/error.h"
#include "base/str.h"

struct feed;
struct house;
struct http_request;

/* Who listens. */
struct feed_seat {
    int64_t brand, agent;
    int64_t newest; /* the log's last id when the request came */
    int64_t most;   /* pages that one colleague, or one talk, may have open */
    int64_t talk;   /* a guest: hears only that something was said, seen or settled in this conversation of theirs */
};

struct feed *feed_open(struct house *house, struct error *e) MUST_USE;
void feed_close(struct feed *feed);
/* New events are in the log (db_on_commit). Quick; any thread. */
void feed_wake(void *feed);
/* Answers the request with the stream of a brand's events for one colleague: from the id it names (Last-Event-ID,
 * after), else behind newest. False when there are too many: nothing was answered. */
bool feed_join(struct feed *feed, struct http_request *req, const struct feed_seat *seat, struct error *e) MUST_USE;
/* Colleagues of a brand with a page open on this node, each once, in no order; at most `most`. */
size_t feed_present(struct feed *feed, int64_t brand, int64_t *agents, size_t most);
/* The same to the guests' pages of one conversation. */
void feed_say_guests(struct feed *feed, int64_t brand, int64_t talk, const char *name, struct str data);
/* ... to one colleague's. */
void feed_say_agent(struct feed *feed, int64_t brand, int64_t agent, const char *name, struct str data);
/* Says something to all open pages of a brand that is not in the log: an event name and JSON data. */
void feed_say(struct feed *feed, int64_t brand, const char *name, struct str data);
