/* SPDX-License-Identifier: Apache-2.0 */
/* What pages are known to ask. */
#include "store/ahead.h"

#include "db/db.h"
#include "store/conversation.h"

void ahead_brand(struct tx *tx, struct str name, bool by_host)
{
    db_ahead(tx, by_host ? SQL_brand_of_host : SQL_brand_by_name, V(name));
}

void ahead_session(struct tx *tx, int64_t brand, struct str hash, int64_t agent)
{
    db_ahead(tx, SQL_session_by_hash, V(brand), V(hash));
    db_ahead(tx, SQL_event_last_id, V(brand));
    if (agent)
        db_ahead(tx, SQL_agent_by_id, V(brand), V(agent));
}

void ahead_desk(struct tx *tx, int64_t brand, int64_t agent)
{
    db_ahead(tx, SQL_agent_list, V(brand));
    db_ahead(tx, SQL_channel_list, V(brand), V(true));
    db_ahead(tx, SQL_saved_view_list, V(brand), V(INT64_C(0)));
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

void ahead_story(struct tx *tx, int64_t brand, int64_t conversation, int64_t agent, int messages)
{
    db_ahead(tx, SQL_conversation_by_id, V(brand), V(conversation));
    db_ahead(tx, SQL_message_list, V(brand), V(conversation), V(INT64_MAX), V(INT64_MAX), V(messages));
    db_ahead(tx, SQL_label_list_of, V(brand), V(conversation));
    db_ahead(tx, SQL_outbox_of, V(brand), V(conversation));
    db_ahead(tx, SQL_promise_of_conversation, V(brand), V(conversation));
    db_ahead(tx, SQL_entry_list, V(brand), V(conversation));
    db_ahead(tx, SQL_reaction_list, V(brand), V(conversation));
    db_ahead(tx, SQL_draft_list, V(brand), V(conversation), V(agent));
}

void ahead_person(struct tx *tx, int64_t brand, int64_t person)
{
    db_ahead(tx, SQL_person_by_id, V(brand), V(person));
    db_ahead(tx, SQL_identity_list, V(brand), V(person));
    db_ahead(tx, SQL_promise_of_person, V(brand), V(person));
    db_ahead(tx, SQL_person_same_phone, V(brand), V(person));
}

void ahead_approved(struct tx *tx, int64_t brand, int64_t channel)
{
    db_ahead(tx, SQL_approved_all, V(brand), V(channel));
}
