// Mastodon's clients of Debian, each a person's or the brand's own: toot on the command line and python3-mastodon. They
// speak to the simulated server.
import fs from 'node:fs';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tempDir } from '../http/support.mjs';

const run = promisify(execFile), python = '/usr/bin/python3';
export const missing = ['/usr/bin/toot', '/usr/lib/python3/dist-packages/mastodon/Mastodon.py']
  .filter(f => !fs.existsSync(f)).map(f => `${f} is not installed (script/bootstrap real)`)[0];

// A person of the simulated network with toot as their client.
export function tootOf(base, person) {
  const dir = tempDir('toot'), config = path.join(dir, 'toot/config.json');
  fs.mkdirSync(path.dirname(config));
  fs.writeFileSync(config, JSON.stringify({
    apps: { 'piazza.example': { instance: 'piazza.example', base_url: base, client_id: 'id', client_secret: 'secret' } },
    users: { [`${person}@piazza.example`]: { instance: 'piazza.example', username: person, access_token: `simulated-mastodon-person-${person}` } },
    active_user: `${person}@piazza.example`,
  }));
  const toot = async (...args) => (await run('/usr/bin/toot', args, { env: { ...process.env, XDG_CONFIG_HOME: dir } })).stdout;
  return {
    toot,
    // posts it; gives its id
    async post(text, ...args) {
      const out = await toot('post', text, ...args), id = out.match(/Toot posted: \S*\/(\d+)\s*$/);
      if (!id) throw new Error(`toot post says: ${out}`);
      return id[1];
    },
    end: () => fs.rmSync(dir, { recursive: true, force: true }),
  };
}

// What a program with python3-mastodon does: `what` is Python, `m` the client; it prints JSON.
export async function mastodonPy(base, token, what, given = {}) {
  const program = `
import json, sys
from mastodon import Mastodon
given = json.loads(sys.argv[1])
m = Mastodon(api_base_url=given['base'], access_token=given['token'], client_id='simulated-mastodon-client', client_secret='simulated-mastodon-secret', ratelimit_method='throw', request_timeout=20)
def do():
${what.trim().split('\n').map(l => '    ' + l).join('\n')}
def plain(x):  # ids are larger than what JavaScript counts exactly
    if isinstance(x, dict): return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)): return [plain(v) for v in x]
    return str(x) if isinstance(x, int) and not isinstance(x, bool) and abs(x) >= 2 ** 53 else x
print(json.dumps(plain(do()), default=str))
`;
  const { stdout } = await run(python, ['-c', program, JSON.stringify({ base, token, ...given })]);
  return JSON.parse(stdout);
}
