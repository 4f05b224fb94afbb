// A whole Bluesky network in one process: PLC, PDS and AppView of @atproto/dev-env, with a Redis of its own. Prints one
// line of JSON when it is ready, and ends with everything it started when its standard input does.
// Environment: REAL_DIR (where npm installed it), REDIS_PORT, ASCOLTO_TEST_POSTGRES (tools/with-postgres), NETWORK_TMP (its files).
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

process.env.TMPDIR = process.env.NETWORK_TMP;
const port = process.env.REDIS_PORT;
const redis = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', process.env.TMPDIR], { stdio: 'ignore' });
process.env.REDIS_HOST = `127.0.0.1:${port}`;
process.env.DB_POSTGRES_URL = `${process.env.ASCOLTO_TEST_POSTGRES}/postgres`;
process.env.DB_POSTGRES_SCHEMA = 'network';

const require = createRequire(path.join(process.env.REAL_DIR, 'package.json'));
const { TestNetwork } = await import(pathToFileURL(require.resolve('@atproto/dev-env')));
const network = await TestNetwork.create({ dbPostgresSchema: 'network', pds: { hostname: 'localhost' }, bsky: { dbPostgresSchema: 'appview' } });

async function end() {
  await Promise.race([network.close().catch(() => {}), new Promise(done => setTimeout(done, 5000))]);
  redis.kill();
  process.exit(0);
}
process.stdin.on('end', end).resume();
process.on('SIGTERM', end);
console.log(JSON.stringify({ ready: true, pds: network.pds.url, appview: network.bsky.url }));
