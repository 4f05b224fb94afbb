// Webhooks as the networks write and sign them, for what the simulated networks would never send: twice, forged, in the
// wrong order, of kinds that nobody knows yet. People and words are invented.
import crypto from 'node:crypto';
import { accounts, request } from './support.mjs';

const hmac = (secret, body, how) => crypto.createHmac('sha256', secret).update(body).digest(how);

// The headers with which a network proves that the bytes are its own.
export function signed(network, body, url) {
  if (network === 'sms') return { 'x-twilio-signature': crypto.createHmac('sha1', 'simulated-twilio-token').update(url).digest('base64') };
  if (network === 'x') return { 'x-twitter-webhooks-signature': 'sha256=' + hmac(accounts.x.consumer_secret, body, 'base64') };
  if (network === 'tiktok') { // of this moment
    const t = Math.floor(Date.now() / 1000);
    return { 'tiktok-signature': `t=${t},s=${hmac('simulated-tiktok-secret', Buffer.concat([Buffer.from(`${t}.`), Buffer.from(body)]), 'hex')}` };
  }
  if (network === 'linkedin') return { 'x-li-signature': hmac('simulated-linkedin-secret', Buffer.concat([Buffer.from('hmacsha256='), Buffer.from(body)]), 'hex') };
  if (network === 'telegram') return { 'x-telegram-bot-api-secret-token': 'simulated-telegram-secret' };
  if (network === 'viber') return { 'x-viber-content-signature': hmac('simulated-viber-token', body, 'hex') };
  if (network === 'line') return { 'x-line-signature': hmac('simulated-line-secret', body, 'base64') };
  if (network === 'kannel') return { authorization: 'Basic ' + Buffer.from('ascolto:simulatedkannelsecret').toString('base64') };
  if (network in wrapped) return {};
  return { 'x-hub-signature-256': 'sha256=' + hmac(accounts[network].app_secret, body, 'hex') };
}

// WeChat signs in the address, and what it says is sealed (safe mode).
const weixin = { token: 'simulated-wechat-token', key: Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE=', 'base64'), app: 'wx5e1f0a2b3c4d6e7f' };
function wechat(words) {
  const inside = Buffer.concat([crypto.createHash('md5').update(words).digest(), Buffer.alloc(4), Buffer.from(words), Buffer.from(weixin.app)]);
  inside.writeUInt32BE(Buffer.byteLength(words), 16);
  const pad = 32 - inside.length % 32, seal = crypto.createCipheriv('aes-256-cbc', weixin.key, weixin.key.subarray(0, 16)).setAutoPadding(false);
  const sealed = Buffer.concat([seal.update(Buffer.concat([inside, Buffer.alloc(pad, pad)])), seal.final()]).toString('base64');
  const digest = (...more) => crypto.createHash('sha1').update([weixin.token, '1763740011', '8800', ...more].sort().join('')).digest('hex');
  return { query: `?signature=${digest()}&timestamp=1763740011&nonce=8800&encrypt_type=aes&msg_signature=${digest(sealed)}`, body: `<xml><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>` };
}
// What else is another than the bytes on the channel's bare address.
// Twilio holds what is no form by its digest in the address, which is signed.
const sms = body => ({ query: `?bodySHA256=${crypto.createHash('sha256').update(body).digest('hex')}`, body });
const wrapped = { wechat, sms };

// Posts an object (or the very bytes) to the channel's address.
export function post(house, network, payload, headers) {
  const bare = Buffer.isBuffer(payload) || typeof payload === 'string' ? payload : JSON.stringify(payload);
  const { query = '', body = bare } = wrapped[network]?.(bare) || {};
  const url = `${house.base}/hooks/${network}/${house.channels[network]}${query}`;
  return request(url, { method: 'POST', body, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...(headers || signed(network, body, url)) } });
}

let counter = 0;
export const fresh = () => `${Date.now()}${String(++counter).padStart(4, '0')}`;
const page = accounts.facebook.page_id, us = accounts.x.user_id, phone = accounts.whatsapp.phone_number_id;
const pageEntry = (...messaging) => ({ object: 'page', entry: [{ id: page, time: Date.now(), messaging }] });

export const messenger = {
  event: (from, more, at = Date.now()) => ({ sender: { id: from }, recipient: { id: page }, timestamp: at, ...more }),
  text: (from, text, mid = 'm_' + fresh(), at) => pageEntry(messenger.event(from, { message: { mid, text } }, at)),
  many: (...events) => pageEntry(...events),
};
export const feed = (verb, { post, comment, parent, from, name, text, at = Date.now() }) => ({
  object: 'page',
  entry: [{ id: page, time: Math.floor(at / 1000), changes: [{ field: 'feed', value: {
    item: comment ? 'comment' : 'post', verb, post_id: post, comment_id: comment, parent_id: parent || (comment ? post : undefined),
    from: { id: from, name }, created_time: Math.floor(at / 1000), message: text } }] }],
});
const waValue = value => ({ field: 'messages', value: { messaging_product: 'whatsapp', metadata: { display_phone_number: '390600000001', phone_number_id: phone }, ...value } });
export const whatsapp = {
  contact: (from, name) => ({ profile: { name }, wa_id: from }),
  text: (from, body, id = 'wamid.' + fresh(), at = Date.now()) => ({ from, id, timestamp: String(Math.floor(at / 1000)), type: 'text', text: { body } }),
  // each argument is the value of one entry: {contacts, messages, statuses}
  hook: (...values) => ({ object: 'whatsapp_business_account', entry: values.map(v => ({ id: '440200000000001', changes: [waValue(v)] })) }),
  status: (id, status, recipient, at = Date.now()) => ({ id, status, timestamp: String(Math.floor(at / 1000)), recipient_id: recipient }),
};
const activity = (event_type, payload, includes, event_uuid) => ({ data: { event_uuid: event_uuid || `-${fresh()}`, filter: { user_id: us }, event_type, tag: 'care', payload, includes: includes || {} } });
export const x = {
  user: (id, name, username) => ({ id, name, username }),
  dm: (from, name, text, id = fresh(), at = Date.now()) => activity('dm.received', {
    direct_message_events: [{ type: 'message_create', id, created_timestamp: String(at), message_create: { target: { recipient_id: us }, sender_id: from, message_data: { text } } }],
    users: { [from]: { data: x.user(from, name, 'u' + from.slice(-8)) }, [us]: { data: x.user(us, 'Prova', 'prova') } } }),
  mention: (from, name, text, { id = fresh(), at = Date.now(), conversation = id, more } = {}) => activity('post.mention.create', {
    id, author_id: from, text, created_at: new Date(at).toISOString(), conversation_id: conversation, ...more },
  { users: [x.user(from, name, 'u' + from.slice(-8)), x.user(us, 'Prova', 'prova')] }),
  gone: (id, from) => activity('post.delete', { id, author_id: from }),
};
