/* SPDX-License-Identifier: Apache-2.0 */
/* What pages are known to ask. */
#include "store/ahead.h"

#include "db/db.h"
#include "store/conversation.h"

void ahead_brand(struct tx *tx, struct str name, bool by_host)
{
    db_ahead(tx, by_host ? SQL_brand_of_host : SQL_brand_by_name, V(name));
}

void ahead_session(struct tx *tx, int64_t brand, struct str hash)
{
    db_ahead(tx, SQL_session_visit, V(brand), V(hash));
}

void ahead_desk(struct tx *tx, int64_t brand, int64_t agent)
{
    db_ahead(tx, SQL_agent_list, V(brand));
    db_ahead(tx, SQL_channel_list, V(brand), V(true));
    db_ahead(tx, SQL_saved_view_list, V(brand), V(agent));
    db_ahead(tx, SQL_label_list, V(brand));
    db_ahead(tx, SQL_mention_list, V(brand), V(agent));
    db_ahead(tx, SQL_tally_waiting, V(brand), V(agent), V((int)CONVERSATION_WAITING));
}

void ahead_today(struct tx *tx, int64_t brand, int64_t day)
{
    db_ahead(tx, SQL_ledger_received, V(brand), V(day));
    db_ahead(tx, SQL_person_waiting_longest, V(brand));
}

void ahead_conversation(struct tx *tx, int64_t brand, int64_t conversation)
{
    db_ahead(tx, SQL_conversation_by_id, V(brand), V(conversation));
}

void ahead_story(struct tx *tx, int64_t brand, int64_t conversation, int messages)
{
    db_ahead(tx, SQL_conversation_with, V(brand), V(conversation));
    db_ahead(tx, SQL_message_list, V(brand), V(conversation), V(INT64_MAX), V(INT64_MAX), V(messages));
    db_ahead(tx, SQL_reaction_list, V(brand), V(conversation));
}

void ahead_parts(struct tx *tx, int64_t brand, int64_t conversation, int64_t agent, unsigned has)
{
    if (has & STORY_LABELS)
        db_ahead(tx, SQL_label_list_of, V(brand), V(conversation));
    if (has & STORY_OUTBOX)
        db_ahead(tx, SQL_outbox_of, V(brand), V(conversation));
    if (has & STORY_PROMISES)
        db_ahead(tx, SQL_promise_of_conversation, V(brand), V(conversation));
    if (has & STORY_ENTRIES)
        db_ahead(tx, SQL_entry_list, V(brand), V(conversation));
    if (has & STORY_DRAFTS)
        db_ahead(tx, SQL_draft_list, V(brand), V(conversation), V(agent));
    if (has & STORY_PASSAGES)
        db_ahead(tx, SQL_passage_of_conversation, V(brand), V(conversation));
    if (has & STORY_CLAIMED)
        db_ahead(tx, SQL_passage_of_talk, V(brand), V(conversation));
}

void ahead_person(struct tx *tx, int64_t brand, int64_t person, unsigned has)
{
    db_ahead(tx, SQL_identity_list, V(brand), V(person));
    db_ahead(tx, SQL_likeness_list, V(brand), V(person));
    if (has & STORY_PROMISED)
        db_ahead(tx, SQL_promise_of_person, V(brand), V(person));
}

void ahead_approved(struct tx *tx, int64_t brand, int64_t channel)
{
    db_ahead(tx, SQL_approved_all, V(brand), V(channel));
}
