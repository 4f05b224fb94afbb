// Between the program and a simulated network stands the vendor's own API description: a validating proxy (Prism) looks at
// every call and at every answer, and what it finds against them is kept here.
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const prism = path.join(here, 'node_modules/.bin/prism');

async function freePort() {
  const server = net.createServer();
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return port;
}

async function startPrism(description, upstream) {
  const port = await freePort();
  const child = spawn(prism, ['proxy', description, upstream, '-h', '127.0.0.1', '-p', String(port)], { env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  await new Promise((done, failed) => {
    const late = setTimeout(() => { child.kill(); failed(new Error(`the proxy did not start within 90 seconds: ${log.slice(-500)}`)); }, 90000);
    const hear = data => { log += data; if (log.includes('is listening')) { clearTimeout(late); done(); } };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', code => { clearTimeout(late); failed(new Error(`the proxy ended with ${code}: ${log.slice(-500)}`)); });
  });
  return { base: `http://127.0.0.1:${port}`, stop: () => new Promise(done => { child.removeAllListeners('exit'); child.on('exit', done); child.kill(); }) };
}

const bodyOf = async stream => { const parts = []; for await (const part of stream) parts.push(part); return Buffer.concat(parts); };
function without(body, fields) {
  let j;
  try { j = JSON.parse(body); } catch { return body; }
  for (const field of fields) delete j[field];
  return Buffer.from(JSON.stringify(j));
}

// description: file of the vendor; upstream: the simulated network; beside: addresses (paths) that the description does not
// cover and that go straight there; base: the path of its server, which its own paths leave out; unknown: fields of our bodies that it does not know (they are taken out).
export async function startVendor({ description, upstream, beside = /^$/, base = '', unknown = [] }) {
  const proxy = await startPrism(description, upstream + base), vendor = { calls: [], violations: [] };
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer(async (req, res) => {
    const bare = beside.test(req.url), where = new URL(bare ? upstream + req.url : proxy.base + (req.url.startsWith(base) ? req.url.slice(base.length) : req.url));
    const body = without(await bodyOf(req), unknown), length = body.length ? { 'content-length': body.length } : {};
    const onward = http.request(where, { method: req.method, headers: { ...req.headers, host: where.host, ...length }, agent }, answer => {
      const { 'sl-violations': found, connection, 'keep-alive': keep, ...headers } = answer.headers;
      const call = `${req.method} ${req.url.replace(/\?.*/, '')}`;
      vendor.calls.push({ call, bare, status: answer.statusCode });
      for (const v of found ? JSON.parse(found) : [])
        vendor.violations.push({ call, status: answer.statusCode, where: v.location.join('.'), says: v.message });
      res.writeHead(answer.statusCode, headers);
      answer.pipe(res);
    });
    onward.on('error', e => { vendor.violations.push({ call: req.url, status: 0, where: 'proxy', says: e.message }); res.writeHead(502).end(); });
    onward.end(body);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  vendor.base = `http://127.0.0.1:${server.address().port}`;
  vendor.stop = async () => { agent.destroy(); server.closeAllConnections(); await new Promise(done => server.close(done)); await proxy.stop(); };
  return vendor;
}
