/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the feed share: how the log's events are told. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

struct event;

/* The name of the server-sent event: what a colleague's page has to look at again. */
const char *feed_event_name(struct str kind);
/* All that a guest may hear of the log: that their page has something new to show. NULL: it has not. */
const char *feed_guest_event_name(struct str kind);
/* Somebody was signed out, here or everywhere. Their pages are let go: those that are still signed in come back. */
bool feed_ends_sessions(const struct event *event);
