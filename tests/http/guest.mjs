// A guest of the care site, as a browser without scripts: forms with files, a cookie of their own.
import { Colleague } from './support.mjs';

export class Guest extends Colleague {
  constructor(base, lang = 'it-IT') { super(base); this.lang = lang; }
  ask(where, { headers = {}, ...options } = {}) { return super.ask(where, { ...options, headers: { 'accept-language': this.lang, ...headers } }); }
  // A form with files [{name, mime, bytes}], as a browser sends it.
  form(where, fields, files = []) {
    const boundary = 'prova' + Math.random().toString(36).slice(2), parts = [];
    for (const [k, v] of Object.entries({ csrf: this.csrf, ...fields })) parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`));
    for (const f of files) parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${f.name}"\r\nContent-Type: ${f.mime}\r\n\r\n`), f.bytes, Buffer.from('\r\n'));
    parts.push(Buffer.from(`--${boundary}--\r\n`));
    return this.ask(where, { method: 'POST', body: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } });
  }
  // Asks a person; gives the request's id.
  async request(text, { name = '', files = [], once = 'o' + Math.random() } = {}) {
    const r = await this.form('/ask', { text, name, once }, files);
    if (r.status !== 303) throw new Error(`ask: ${r.status} ${r.text.slice(0, 400)}`);
    return r.headers.location.match(/\/requests\/(\d+)/)[1];
  }
  async say(id, text, { files = [], once = 'o' + Math.random() } = {}) {
    const r = await this.form(`/requests/${id}`, { text, once }, files);
    if (r.status !== 303) throw new Error(`say: ${r.status} ${r.text.slice(0, 400)}`);
  }
  story(id) { return this.json(`/requests/${id}`); }
  async requests() { return this.json('/requests'); }
}
