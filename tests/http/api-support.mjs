// SPDX-License-Identifier: Apache-2.0
// Asking the API as somebody, and holding every answer against /api/openapi.json.
import assert from 'node:assert/strict';
import { request } from './support.mjs';

// ---- the description ----

export class Description {
  constructor(json) {
    this.json = json;
    this.calls = Object.entries(json.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, call]) => ({ method: method.toUpperCase(), path, call,
        pattern: new RegExp('^' + path.replaceAll('.', '\\.').replace(/\{[a-z]+\}/g, '[0-9]+') + '$') })));
  }
  find(method, where) {
    const path = where.split('?')[0];
    return this.calls.find(c => c.method === method && c.pattern.test(path));
  }
  follow(schema) {
    while (schema?.$ref) {
      const target = schema.$ref.slice(2).split('/').reduce((at, key) => at?.[key], this.json);
      assert.ok(target, `${schema.$ref} leads nowhere`);
      schema = target;
    }
    return schema;
  }
  // What is wrong with the value, as words; strict: a member the description does not name is wrong too.
  faults(schema, value, at = '') {
    schema = this.follow(schema);
    if (schema.oneOf) {
      const each = schema.oneOf.map(s => this.faults(s, value, at));
      return each.some(f => f.length === 0) ? [] : each[0];
    }
    const types = [].concat(schema.type || []);
    const is = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
    if (types.length && !types.includes(is)) return [`${at || 'the answer'} is ${is}, not ${types.join(' or ')}`];
    const out = [];
    if (schema.enum && !schema.enum.includes(value)) out.push(`${at} is ${JSON.stringify(value)}, not one of ${schema.enum}`);
    if (is === 'string' && schema.pattern && !new RegExp(schema.pattern).test(value)) out.push(`${at} is “${value}”`);
    if (is === 'string' && schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) out.push(`${at} is no moment: ${value}`);
    if (is === 'array') value.forEach((item, i) => out.push(...this.faults(schema.items, item, `${at}[${i}]`)));
    if (is === 'object' && schema.properties) {
      for (const name of schema.required || []) if (!(name in value)) out.push(`${at}.${name} is missing`);
      for (const [name, member] of Object.entries(value)) {
        if (schema.properties[name]) out.push(...this.faults(schema.properties[name], member, `${at}.${name}`));
        else out.push(`${at}.${name} is not described`);
      }
    }
    return out;
  }
  check(method, where, r) {
    const known = this.find(method, where);
    if (!known) return;
    const told = this.follow(known.call.responses[r.status]);
    assert.ok(told, `${method} ${where} answered ${r.status}, which is not described: ${r.text.slice(0, 200)}`);
    for (const name of Object.keys(told.headers))
      assert.match(r.headers[name.toLowerCase()] || '', /^\d+$/, `${method} ${where} ${r.status} lacks ${name}`);
    const faults = this.faults(told.content['application/json'].schema, r.json());
    assert.deepEqual(faults, [], `${method} ${where} is not as described`);
  }
}

export async function describe(base) {
  const r = await request(base + '/api/openapi.json');
  assert.equal(r.status, 200);
  return new Description(r.json());
}

// ---- callers ----

export class Caller {
  constructor(name, base, description, headers = {}) { Object.assign(this, { name, base, description, headers }); }
  // body: an object is sent as JSON; a string or bytes as they are, with the type in headers.
  async call(method, where, body, headers = {}) {
    const plain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const r = await request(this.base + where, { method, body: plain ? body : JSON.stringify(body),
      headers: { ...this.headers, ...(plain ? {} : { 'content-type': 'application/json' }), ...headers } });
    this.description.check(method, where, r);
    return r;
  }
  get(where) { return this.call('GET', where); }
  post(where, body, headers) { return this.call('POST', where, body, headers); }
  // The answer of a call that must work.
  async ok(method, where, body, headers) {
    const r = await this.call(method, where, body, headers);
    assert.ok(r.status < 300, `${this.name}: ${method} ${where}: ${r.status} ${r.text.slice(0, 300)}`);
    return r.json();
  }
  async refused(status, words, method, where, body, headers) {
    const r = await this.call(method, where, body, headers);
    assert.equal(r.status, status, `${this.name}: ${method} ${where}: ${r.text.slice(0, 300)}`);
    assert.match(r.json().error.message, words);
    return r;
  }
  // All items of a page and those that follow.
  async all(where, between) {
    const items = [], join = where.includes('?') ? '&' : '?';
    let page = await this.ok('GET', where);
    for (let turn = 0; ; turn++) {
      items.push(...page.items);
      if (!page.next) return { items, turns: turn + 1 };
      if (between) await between(turn);
      page = await this.ok('GET', `${where}${join}cursor=${page.next}`);
    }
  }
}

// A colleague signed in by the form, calling with cookie and X-CSRF-Token.
export async function signIn(base, description, email, password) {
  const body = new URLSearchParams({ user: email, password }).toString();
  const r = await request(base + '/desk/sign-in', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const cookies = [].concat(r.headers['set-cookie'] || []).map(line => line.split(';')[0]);
  const caller = new Caller(email.split('@')[0], base, description, { cookie: cookies.join('; ') });
  const me = await caller.ok('GET', '/api/v1/me');
  caller.headers['x-csrf-token'] = me.csrf;
  caller.id = me.agent;
  return caller;
}

export function tokenCaller(house, description, role) {
  const [id, secret] = house.cli('token', 'add', '--name', `Prova ${role}`, '--role', role).out.split(/\s+/);
  return Object.assign(new Caller(`token ${role}`, house.base, description, { authorization: `Bearer ${secret}` }), { id });
}
