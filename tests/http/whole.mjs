// SPDX-License-Identifier: Apache-2.0
// Nothing half: what must hold in the database at any moment between two commits. Each is a name and a question that
// must have no answer; asked on both engines.
const differ = (columns, table, counted, where) => `SELECT * FROM (SELECT ${columns}, (${counted}) AS there FROM ${table}) x WHERE ${where}`;
const lost = (table, column, target, key, more = '') => `SELECT CAST(t.${column} AS TEXT) AS lost, count(*) AS n FROM ${table} t WHERE NOT EXISTS (SELECT 1 FROM ${target} o WHERE o.brand_id = t.brand_id AND o.${key} = t.${column})${more} GROUP BY t.${column}`;

const rules = {
  'waiting of a conversation is what waits in it': differ('CAST(c.id AS TEXT) AS id, c.state, c.waiting', 'conversation c', 'SELECT count(*) FROM message m WHERE m.brand_id = c.brand_id AND m.conversation_id = c.id AND m.place = 1', 'waiting <> there'),
  'messages of a conversation are counted': differ('CAST(c.id AS TEXT) AS id, c.messages', 'conversation c', 'SELECT count(*) FROM message m WHERE m.brand_id = c.brand_id AND m.conversation_id = c.id', 'messages <> there'),
  'failed replies of a conversation are counted': differ('CAST(c.id AS TEXT) AS id, c.failed', 'conversation c', "SELECT count(*) FROM outbox o WHERE o.brand_id = c.brand_id AND o.conversation_id = c.id AND o.state = 'failed'", 'failed <> there'),
  'the counts of the list are those of the conversations': differ('CAST(t.owner_id AS TEXT) AS owner, t.state, t.n', 'tally t', 'SELECT count(*) FROM conversation c WHERE c.brand_id = t.brand_id AND c.owner_id = t.owner_id AND c.state = t.state', 'n <> there'),
  'the ledger counts what is there': `SELECT * FROM (SELECT CAST(l.channel_id AS TEXT) AS channel, l.day, l.place, l.n, (SELECT count(*) FROM message m WHERE m.brand_id = l.brand_id AND m.channel_id = l.channel_id AND m.day = l.day AND m.place = l.place AND m.outbound = 0) AS there FROM ledger_count l) x WHERE n <> there`,
  'nobody waits in a conversation that is answered or closed': 'SELECT CAST(id AS TEXT) AS id, state, waiting FROM conversation WHERE waiting > 0 AND state NOT IN (0, 2)',
  'no conversation is empty but one that went into another': "SELECT CAST(c.id AS TEXT) AS id FROM conversation c WHERE c.outcome <> 'joined' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.brand_id = c.brand_id AND m.conversation_id = c.id)",
  'every message has its conversation': lost('message', 'conversation_id', 'conversation', 'id'),
  'every message has its person': lost('message', 'person_id', 'person', 'id'),
  'every message has its thread': "SELECT CAST(m.id AS TEXT) AS id, m.thread_key FROM message m WHERE m.thread_key <> '' AND m.is_public = 1 AND NOT EXISTS (SELECT 1 FROM thread t WHERE t.brand_id = m.brand_id AND t.channel_id = m.channel_id AND t.key = m.thread_key)",
  'every conversation has its person': lost('conversation', 'person_id', 'person', 'id'),
  'every identity has its person': lost('identity', 'person_id', 'person', 'id'),
  'every reply on its way is a message': lost('outbox', 'id', 'message', 'id'),
  'every reply waits, or is sent': 'SELECT CAST(m.id AS TEXT) AS id, m.text FROM message m WHERE m.outbound = 1 AND m.receipt < 2 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.brand_id = m.brand_id AND o.id = m.id)',
  'every note and act has its conversation': lost('entry', 'conversation_id', 'conversation', 'id'),
  'every event has its conversation': lost('event', 'conversation_id', 'conversation', 'id', ' AND t.conversation_id <> 0'),
  'every correction has its message': lost('message_edit', 'message_id', 'message', 'id'),
  'every file has its message': lost('attachment', 'message_id', 'message', 'id'),
  'bytes belong to a file': "SELECT hash FROM blob b WHERE NOT EXISTS (SELECT 1 FROM attachment a WHERE a.brand_id = b.brand_id AND a.hash = b.hash)",
  'every message of a network is there once': "SELECT CAST(channel_id AS TEXT) AS channel, external_id, count(*) AS n FROM message WHERE external_id <> '' GROUP BY channel_id, external_id HAVING count(*) > 1",
};

// [[what must hold, the rows for which it does not]]
export function halves(sql) {
  return Object.entries(rules).map(([what, question]) => [what, sql(question)]);
}
