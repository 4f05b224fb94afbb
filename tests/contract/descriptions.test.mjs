// Our calls and the simulated networks' answers are held against the vendors' own API descriptions ($ASCOLTO_SHARED/openapi):
// a customer writes, a colleague answers through every door, with a picture where one goes, the program looks at its rights
// and asks for what it missed. Nothing of it may violate the description.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root, shared, startHouse, tempDir, until } from '../http/support.mjs';
import { prism, startVendor } from './vendor.mjs';

// description: the vendor's file. beside: what it does not describe (files are elsewhere, sign-in is a page of its own).
// unknown: fields that the vendor's reference has and its description not yet. flaw: a violation that is the description's own.
const vendors = {
  googleplay: { description: 'google-androidpublisher.json', beside: /\/token$/ },
  line: { description: 'line-messaging-api.yaml' },
  pinterest: { description: 'pinterest-v5.json', base: '/v5' },
  // a form's list of one file is read as no list
  sms: { description: 'twilio_api_v2010.json', flaw: /^POST \/2010-04-01\/Accounts\/\w+\/Messages\.json 201 request\.body\.MediaUrl: .*must be array$/ },
  // words with a picture fit two of its forms of a post, of which it wants exactly one
  mastodon: { description: 'mastodon-fixed.json', beside: /\/cdn\//, flaw: /^POST \/api\/v1\/statuses 200 request\.body: .*exactly one schema in oneOf$/ },
  telegram: { description: 'telegram-generated.openapi.json', beside: /^\/file\/|\/sendPhoto$/ }, // uploads are forms, which it does not describe
  whatsapp: { description: 'whatsapp-business-messaging.yaml', beside: /\/cdn\//, unknown: ['biz_opaque_callback_data'] },
  x: { description: 'x.json' },
  youtube: { description: 'google-youtube.json', beside: /\/token$/ },
};
const picture = { name: 'ricevuta.png', mime: 'image/png', bytes: fs.readFileSync(path.join(root, 'assets/play-picture.png')) };

const away = !fs.existsSync(path.join(shared, 'openapi')) ? 'the vendors’ API descriptions are not there'
  : !fs.existsSync(prism) ? 'Prism is not installed (script/bootstrap test)' : '';
if (away) console.log(`skipped: ${away}`);

// Sent; through another door than theirs it may not reach them.
const gone = (giulia, id, words, other) => until(`“${words}” is sent`, async () => {
  const m = await giulia.message(id, words);
  if (m.unsent && !(other && m.unsent.failure === 'blocked')) throw new Error(JSON.stringify(m.unsent));
  return m.unsent || ['sent', 'delivered', 'read', 'published'].includes(m.state);
});

async function story(house, network) {
  const does = act => house.known[network].acts.includes(act), giulia = await house.colleague('giulia'), anna = await house.colleague('anna');
  const asked = () => house.channel(network).asking.lists;
  const look = async () => {
    const before = asked().map(l => l.rounds);
    await anna.get(`/desk/channels/${house.channels[network]}`);
    await anna.done(`/desk/channels/${house.channels[network]}/ask`);
    await until(() => `a round: ${JSON.stringify(asked())}`, () => asked().every((l, i) => l.rounds > before[i]));
    for (const l of asked()) assert.ok(['well', 'left-out'].includes(l.state), JSON.stringify(l));
  };
  if (house.known[network].counted) { // what people write is only counted: once before, once after
    const { id: to } = (await house.net.state()).items.find(i => i.network === network && i.by_brand);
    await look();
    await house.net.call('/sim/person', { key: 'ada', name: 'Ada Prova' });
    await house.net.act({ network, person: 'ada', what: 'comment', to, text: 'Quanto costa?' });
    await look();
    return;
  }
  let n = 0;
  for (const what of ['message', 'post', 'comment'].filter(does)) {
    const person = `p${++n}`, text = `È da ieri che non va 😡 (${what})`;
    const to = what === 'comment' ? (await house.net.state()).items.find(i => i.network === network && i.by_brand && i.kind !== 'private').id : undefined;
    await house.net.call('/sim/person', { key: person, name: 'Ada Prova' });
    await house.net.act({ network, person, what, to, text, ...(house.known[network].attachments.includes('picture') && what === 'message' && { media: 'picture' }) });
    if (!house.known[network].hooked) await look();
    const id = await giulia.hear(text);
    await giulia.listen(id, 'che torni a funzionare');
    const { composer } = await giulia.story(id);
    for (const door of composer.doors) {
      const words = `Eccomi, ci guardo (${door.name} ${n})`;
      assert.equal((await giulia.reply(id, words, { door: door.name })).status, 200);
      await gone(giulia, id, words, door !== composer.doors[0]);
    }
    if ((await giulia.story(id)).composer.doors.some(d => d.attachments)) {
      assert.equal((await giulia.replyWithFile(id, `La foto (${n})`, picture)).status, 200);
      await gone(giulia, id, `La foto (${n})`, true);
    }
  }
  if (asked().length) await look();
  await anna.done(`/desk/channels/${house.channels[network]}/probe`);
}

for (const [network, vendor] of Object.entries(vendors))
  test(`${network}: every call and every answer is as ${vendor.description} says`, { skip: away || false, timeout: 180000 }, async () => {
    let between;
    const through = async (_, settings) => {
      between = await startVendor({ description: path.join(shared, 'openapi', vendor.description), upstream: settings.api_base, beside: vendor.beside, base: vendor.base, unknown: vendor.unknown });
      return { ...settings, api_base: between.base };
    };
    const config = path.join(tempDir(), 'ascolto.conf'); // some networks are told an address of ours instead of a file
    fs.writeFileSync(config, 'public_url = https://care.example\n');
    const house = await startHouse({ on: [network], through, more: ['--config', config] });
    try {
      await story(house, network);
    } finally {
      await house.stop();
      await between.stop();
      fs.rmSync(path.dirname(config), { recursive: true });
    }
    const seen = [...new Set(between.calls.filter(c => !c.bare).map(c => c.call))].sort();
    console.log(`${network}: ${between.calls.length} calls, ${seen.length} kinds`);
    assert.ok(seen.length >= 2, seen.join('\n'));
    assert.deepEqual([...new Set(between.violations.map(v => `${v.call} ${v.status} ${v.where}: ${v.says}`))].filter(v => !vendor.flaw?.test(v)), []);
  });
