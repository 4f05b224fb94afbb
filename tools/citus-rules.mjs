/* SPDX-License-Identifier: Apache-2.0 */
/* What Citus asks of a schema and of statements, as rules over PostgreSQL's own syntax trees: every row has its brand,
 * every key contains it, and no statement needs more than one brand's shard. Used by tools/check-citus; each rule is
 * tried in tests/http/citus-rules.test.mjs. */
import fs from 'node:fs';
import { loadModule, parseSync } from 'libpg-query';

await loadModule();

// Statements that look over all brands knowingly: name → why that is right. They may not lie on the way of a message
// or a page.
export const overAllBrands = {};

// {brand: 'reference', lease: 'local', …} with the reasons, of src/db/citus.def.
export function namedTables(text = fs.readFileSync(new URL('../src/db/citus.def', import.meta.url), 'utf8')) {
  const named = new Map();
  for (const [, kind, name, why] of text.matchAll(/^CITUS_(REFERENCE|LOCAL)\((\w+), "([^"]+)"\)/gm))
    named.set(name, { kind: kind.toLowerCase(), why });
  return named;
}

// ---- trees ----

const kindOf = node => node && typeof node === 'object' ? Object.keys(node)[0] : undefined;
const text = node => node?.String?.sval;

// Every statement inside of a tree, the outermost ones only.
function* inner(node) {
  if (!node || typeof node !== 'object') return;
  if (node.SelectStmt || node.UpdateStmt || node.DeleteStmt || node.InsertStmt) { yield node; return; }
  for (const child of Array.isArray(node) ? node : Object.values(node)) yield* inner(child);
}

// a AND b AND (c AND d) as [a, b, c, d]
function conjuncts(node) {
  if (!node) return [];
  if (node.BoolExpr?.boolop === 'AND_EXPR') return node.BoolExpr.args.flatMap(conjuncts);
  return [node];
}

const column = node => node?.ColumnRef?.fields.map(text).filter(Boolean);
const parameter = node => node?.ParamRef?.number ?? (node?.TypeCast ? parameter(node.TypeCast.arg) : undefined);

// The tables of a FROM with their names in the statement, what joins them, and the selects in it.
function ranges(node, out) {
  if (!node) return out;
  if (Array.isArray(node)) { for (const one of node) ranges(one, out); return out; }
  if (node.RangeVar) {
    const { relname, alias, schemaname } = node.RangeVar;
    out.tables.push({ table: relname, as: alias?.aliasname ?? relname, foreign: schemaname });
  } else if (node.JoinExpr) {
    ranges(node.JoinExpr.larg, out);
    ranges(node.JoinExpr.rarg, out);
    out.on.push(...conjuncts(node.JoinExpr.quals));
  } else if (node.RangeSubselect) out.selects.push(node.RangeSubselect.subquery);
  return out;
}

// ---- statements ----

class Statement {
  constructor(kinds) {
    this.kinds = kinds;
    this.faults = [];
    this.brands = new Set(); // the parameters that a brand was compared with
  }
  fault(words) { this.faults.push(words); }
  kind(name) {
    const kind = this.kinds.get(name);
    if (!kind) this.fault(`there is no table ${name}`);
    return kind;
  }

  // Each distributed table of one FROM has its brand given, by itself or through a join on brand_id.
  bound(tables, conditions, free) {
    const spread = tables.filter(t => this.kind(t.table) === 'distributed');
    if (spread.length && tables.some(t => this.kind(t.table) === 'local'))
      this.fault(`joins ${tables.map(t => t.table).join(', ')}: one of them is on the coordinator alone`);
    const known = new Set();
    const equal = [];
    const whose = fields => fields?.at(-1) !== 'brand_id' ? undefined
      : fields.length > 1 ? fields[0] : spread.length === 1 ? spread[0].as : undefined;
    for (const one of conditions) {
      const e = one.A_Expr;
      if (e?.kind !== 'AEXPR_OP' || text(e.name[0]) !== '=') continue;
      for (const [a, b] of [[e.lexpr, e.rexpr], [e.rexpr, e.lexpr]]) {
        const mine = whose(column(a));
        if (mine === undefined) continue;
        if (parameter(b) !== undefined) { known.add(mine); this.brands.add(parameter(b)); }
        const other = whose(column(b));
        if (other !== undefined) equal.push([mine, other]);
      }
    }
    if (free && spread.length && !known.size) known.add(spread[0].as); // any brand, but one
    for (let grown = true; grown;) {
      grown = false;
      for (const [a, b] of equal) if (known.has(a) && !known.has(b)) { known.add(b); grown = true; }
    }
    for (const t of spread) if (!known.has(t.as)) this.fault(`${t.as} has no brand_id = $n`);
    return spread;
  }

  // free: over all brands (a migration), but each row with rows of its own brand only.
  query(node, names = new Set(), free = false) {
    const kind = kindOf(node);
    if (kind === 'SelectStmt') this.select(node.SelectStmt, names, free);
    else if (kind === 'InsertStmt') this.insert(node.InsertStmt, names, free);
    else if (kind === 'UpdateStmt') this.change(node.UpdateStmt, names, free);
    else if (kind === 'DeleteStmt') this.change(node.DeleteStmt, names, free);
    else this.fault(`${kind} is no statement of a program`);
  }

  with(clause, names, free) {
    const known = new Set(names);
    for (const { CommonTableExpr: one } of clause?.ctes ?? []) {
      if (clause.recursive) known.add(one.ctename);
      if (!one.ctequery.SelectStmt) this.fault(`${one.ctename} changes rows inside of a WITH`);
      this.query(one.ctequery, known, free);
      known.add(one.ctename);
    }
    return known;
  }

  select(s, names, free) {
    names = this.with(s.withClause, names, free);
    if (s.op && s.op !== 'SETOP_NONE') {
      this.select(s.larg, names, free);
      this.select(s.rarg, names, free);
      return;
    }
    const from = ranges(s.fromClause, { tables: [], on: [], selects: [] });
    for (const one of from.selects) this.query(one, names, free);
    const spread = this.bound(from.tables.filter(t => !names.has(t.table)),
      [...from.on, ...conjuncts(s.whereClause)], free);
    if (s.lockingClause && spread.length && from.tables.length > 1) this.fault('locks rows of a join');
    for (const part of [s.targetList, s.whereClause, from.on, s.havingClause, s.groupClause, s.sortClause, s.valuesLists])
      for (const one of inner(part)) this.query(one, names, free);
  }

  change(s, names, free) {
    names = this.with(s.withClause, names, free);
    const from = ranges(s.fromClause ?? s.usingClause, { tables: [], on: [], selects: [] });
    for (const one of from.selects) this.query(one, names, free);
    ranges({ RangeVar: s.relation }, from);
    this.bound(from.tables.filter(t => !names.has(t.table)), [...from.on, ...conjuncts(s.whereClause)], free);
    this.sets(s.targetList ?? []);
    for (const part of [s.targetList, s.whereClause, from.on, s.returningList])
      for (const one of inner(part)) this.query(one, names, free);
  }

  sets(list) {
    for (const { ResTarget: one } of list)
      if (one?.name === 'brand_id') this.fault('sets brand_id: a row never changes its brand');
  }

  insert(s, names, free) {
    names = this.with(s.withClause, names, free);
    const into = s.relation.relname;
    const kind = this.kind(into);
    const select = s.selectStmt?.SelectStmt;
    const place = (s.cols ?? []).findIndex(c => c.ResTarget.name === 'brand_id');
    if (kind === 'distributed' && place < 0) this.fault(`${into} gets no brand_id`);
    if (kind === 'distributed' && place >= 0) this.given(into, select, place);
    if (select && !select.valuesLists) this.select(select, names, free);
    for (const one of inner(select?.valuesLists)) this.query(one, names, free);
    const clash = s.onConflictClause;
    if (!clash) return;
    const key = clash.infer?.indexElems?.map(e => e.IndexElem.name) ?? [];
    if (kind === 'distributed' && !key.includes('brand_id')) this.fault('ON CONFLICT does not name brand_id');
    this.sets(clash.targetList ?? []);
    for (const one of inner([clash.targetList, clash.whereClause])) this.query(one, names, free);
  }

  // What brand_id is given in an INSERT: the same parameter in each row, or the brand of the rows selected.
  given(into, select, place) {
    const rows = select?.valuesLists?.map(l => l.List.items[place]) ?? [select?.targetList?.[place]?.ResTarget.val];
    for (const value of rows) {
      if (parameter(value) !== undefined) this.brands.add(parameter(value));
      else if (select?.valuesLists || column(value)?.at(-1) !== 'brand_id')
        this.fault(`the brand_id of ${into} is neither a parameter nor that of the rows it is made of`);
    }
  }
}

const parsed = sql => parseSync(sql.replace(/\$LIST\((\d+)\)/g, '$$$1')).stmts.map(s => s.stmt);

// What is wrong with one statement of the program. kinds: table → 'distributed', 'reference' or 'local'.
export function statementFaults(sql, kinds) {
  const check = new Statement(kinds);
  const trees = parsed(sql);
  if (trees.length === 1 && trees[0].CreateStmt?.if_not_exists) return []; // the layer's own table
  if (trees.length !== 1) return [`${trees.length} statements instead of one`];
  check.query(trees[0]);
  if (check.brands.size > 1)
    check.fault(`compares brand_id with several parameters: $${[...check.brands].sort().join(', $')}`);
  return check.faults;
}

// ---- migrations ----

// The text without the other engine's parts.
export function postgresText(sql) {
  let ours = true;
  return sql.split('\n').filter(line => {
    const only = line.trim().match(/^-- only: (\w+)$/);
    if (only) { ours = only[1] === 'postgres'; return false; }
    if (line.trim() === '-- end') { ours = true; return false; }
    return ours;
  }).join('\n');
}

const alterations = new Set(['AT_AddColumn', 'AT_DropColumn', 'AT_ColumnDefault', 'AT_DropNotNull', 'AT_SetNotNull']);
const whole = new Set(['CreateStmt', 'IndexStmt', 'AlterTableStmt', 'RenameStmt', 'DropStmt', 'InsertStmt', 'UpdateStmt',
  'DeleteStmt']);

// What of a migration (its PostgreSQL text) would not run on tables that are distributed already.
export function migrationFaults(sql, kinds) {
  const faults = [];
  for (const node of parsed(postgresText(sql))) {
    const kind = kindOf(node);
    const say = words => faults.push(`${kind}: ${words}`);
    if (!whole.has(kind)) say('is not for distributed tables');
    if (kind === 'IndexStmt' && node.IndexStmt.concurrent) say('CONCURRENTLY does not run inside of a transaction');
    if (kind === 'RenameStmt' && node.RenameStmt.subname === 'brand_id') say('brand_id stays');
    for (const { AlterTableCmd: one } of node.AlterTableStmt?.cmds ?? []) {
      if (!alterations.has(one.subtype)) say(`${one.subtype} is not for distributed tables`);
      if (one.name === 'brand_id') say('brand_id stays');
    }
    if (['InsertStmt', 'UpdateStmt', 'DeleteStmt'].includes(kind)) {
      const check = new Statement(kinds);
      check.query(node, new Set(), true);
      for (const words of check.faults) say(words);
    }
  }
  return faults;
}

// ---- schema ----

// One JSON of what the catalogue says; checked by schemaFaults.
export const catalogue = `SELECT json_build_object('tables', (SELECT json_agg(json_build_object('name', c.relname,
  'columns', (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'notnull', a.attnotnull, 'identity', a.attidentity, 'fallback', pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'keys', (SELECT json_agg(json_build_object('name', i.indexrelid::regclass::text, 'columns',
      (SELECT json_agg(coalesce(a.attname, '(an expression)')) FROM unnest(i.indkey) k LEFT JOIN pg_attribute a
       ON a.attrelid = c.oid AND a.attnum = k AND k <> 0)))
    FROM pg_index i WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion)),
  'primary', (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
  'references', (SELECT json_agg(json_build_object('name', f.conname, 'to', f.confrelid::regclass::text,
      'columns', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(f.conkey) WITH ORDINALITY k (at, n)
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.at),
      'there', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(f.confkey) WITH ORDINALITY k (at, n)
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.at)))
    FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'),
  'triggers', (SELECT json_agg(t.tgname) FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
  'rules', (SELECT json_agg(r.rulename) FROM pg_rewrite r WHERE r.ev_class = c.oid)) ORDER BY c.relname)
  FROM pg_class c WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = current_schema()::regnamespace),
  'sequences', (SELECT coalesce(json_agg(c.relname), '[]') FROM pg_class c WHERE c.relkind = 'S'
    AND c.relnamespace = current_schema()::regnamespace))`;

export function kindsOf(schema, named) {
  return new Map(schema.tables.map(t => [t.name, named.get(t.name)?.kind ?? 'distributed']));
}

function tableFaults(t, kinds) {
  const faults = [];
  const kind = kinds.get(t.name);
  const say = words => faults.push(`${t.name}: ${words}`);
  for (const c of t.columns ?? []) {
    if (c.identity || /nextval/.test(c.fallback ?? '')) say(`${c.name} is numbered by a sequence: ids are made by the program`);
    if (/\b(now|clock_timestamp|random|gen_random_uuid)\(/.test(c.fallback ?? '')) say(`${c.name} has a default that is not constant`);
  }
  for (const name of t.triggers ?? []) say(`trigger ${name}`);
  for (const name of t.rules ?? []) say(`rule ${name}`);
  for (const f of t.references ?? []) {
    const to = kinds.get(f.to);
    if (kind !== 'distributed' && to === 'distributed') say(`${f.name} refers from ${kind} to distributed ${f.to}`);
    if (to === 'local' && kind !== 'local') say(`${f.name} refers to ${f.to}, which is on the coordinator alone`);
    const at = f.columns.indexOf('brand_id');
    if (kind === 'distributed' && to === 'distributed' && (at < 0 || f.there[at] !== 'brand_id'))
      say(`${f.name} does not refer from brand_id to brand_id`);
  }
  if (!t.primary) say('has no primary key');
  if (kind !== 'distributed') return faults;
  const brand = t.columns?.find(c => c.name === 'brand_id');
  if (!brand) say('has no brand_id, and is not in src/db/citus.def');
  else if (brand.type !== 'bigint' || !brand.notnull) say('brand_id is not BIGINT NOT NULL');
  for (const key of t.keys ?? [])
    if (!key.columns.includes('brand_id')) say(`${key.name} (${key.columns.join(', ')}) does not contain brand_id`);
  return faults;
}

export function schemaFaults(schema, named) {
  const kinds = kindsOf(schema, named);
  return [...schema.sequences.map(name => `${name}: a sequence: ids are made by the program`),
    ...schema.tables.flatMap(t => tableFaults(t, kinds))];
}
