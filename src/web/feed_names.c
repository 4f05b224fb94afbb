/* SPDX-License-Identifier: Apache-2.0 */
/* What the log's events are called on the streams of colleagues and guests. */
#include "base/compiler.h"
#include "store/event.h"
#include "web/feed_internal.h"

const char *feed_event_name(struct str kind)
{
    if (str_starts(kind, STR("conversation.")))
        return "conversation";
    if (str_starts(kind, STR("promise.")))
        return "promise";
    if (str_starts(kind, STR("channel.")) || str_starts(kind, STR("payload.")))
        return "channel";
    if (str_starts(kind, STR("statement.")))
        return "ledger";
    if (str_starts(kind, STR("message.")) || str_starts(kind, STR("reply.")) || str_starts(kind, STR("note.")) ||
        str_starts(kind, STR("passage.")))
        return "message";
    if (str_starts(kind, STR("call.")))
        return "call";
    return "list";
}

bool feed_ends_sessions(const struct event *event)
{
    static const char *const kinds[] = {"agent.signed_out", "agent.session_ended",  "agent.sessions_ended",
                                        "agent.password",   "agent.password_given", "agent.disabled",
                                        "agent.removed"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(event->kind, str_from(kinds[i])))
            return true;
    return false;
}

const char *feed_guest_event_name(struct str kind)
{
    static const char *const said[] = {"message.received", "message.edited", "message.withdrawn", "reply.accepted",
                                       "reply.outside"};
    static const char *const states[] = {"conversation.assigned", "conversation.handover", "conversation.need",
                                         "conversation.closed",   "conversation.reopened", "conversation.joined",
                                         "conversation.set_aside"};
    for (size_t i = 0; i < COUNT_OF(said); i++)
        if (str_eq(kind, str_from(said[i])))
            return "said";
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_eq(kind, str_from(states[i])))
            return "state";
    if (str_starts(kind, STR("call.")) && !str_eq(kind, STR("call.noted")))
        return "call";
    return str_eq(kind, STR("chat.seen")) ? "seen" : NULL;
}
