// A member of the community, as a browser with a little script: works on the form's token, or waits when told so.
import { createHash } from 'node:crypto';
import { Guest } from './guest.mjs';

export function work(token, bits = 14) {
  for (let n = 0; ; n++) {
    const hash = createHash('sha256').update(`${token}:${n}`).digest();
    if (((hash[0] << 8) | hash[1]) >> (16 - bits) === 0) return String(n);
  }
}

let count = 0;
export class Member extends Guest {
  // Each writes from an address of their own, as a proxy tells it.
  constructor(base, name, lang = 'it-IT') { super(base, lang); this.name = name; this.from = `10.7.${++count >> 8}.${count & 255}`; }
  ask(where, { headers = {}, ...options } = {}) { return super.ask(where, { ...options, headers: { 'x-forwarded-for': this.from, ...headers } }); }
  // The form of a page: its token, with the work done where it is asked for.
  async open(where) {
    const { values } = await this.json(where);
    return { once: values.once, proof: values.bits ? work(values.once, values.bits) : '', website: '' };
  }
  // Begins a topic; gives {id, address, post}.
  async topic(category, title, text, { files = [] } = {}) {
    const form = await this.open('/community/new');
    const r = await this.form('/community/new', { ...form, category, title, text, name: this.name }, files);
    if (r.status !== 303) throw Object.assign(new Error(`topic: ${r.status} ${r.text.slice(0, 600)}`), { status: r.status });
    return Member.place(r);
  }
  async reply(topic, text, { files = [] } = {}) {
    const form = await this.open(topic.address);
    const r = await this.form(`/community/t/${topic.id}`, { ...form, text, name: this.name }, files);
    if (r.status !== 303) throw Object.assign(new Error(`reply: ${r.status} ${r.text.slice(0, 600)}`), { status: r.status });
    return Member.place(r).post;
  }
  static place(r) {
    const m = r.headers.location.match(/(\/community\/t\/(\d+)\/[\w-]+)(?:\?[^#]*)?#post-(\d+)/);
    return { address: m[1], id: m[2], post: m[3] };
  }
  seen(topic) { return this.json(topic.address); }
  post_(id, act, words = '') { return this.post(`/community/p/${id}/${act}`, { words }); }
  async does(id, act, words = '') {
    const r = await this.post_(id, act, words);
    if (r.status !== 303) throw new Error(`${act}: ${r.status} ${r.text.slice(0, 400)}`);
    return r;
  }
}
