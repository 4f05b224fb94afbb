// A round-robin proxy as one would put before several nodes: it asks each for /healthz, sends nothing to one that does
// not say 200, keeps its connections to them, and never tries a request a second time.
import http from 'node:http';
import { request, sleep } from './support.mjs';

export async function startProxy(bases, everyMs = 200) {
  const proxy = { nodes: bases.map(base => ({ base, well: true })), turn: 0, failures: [] };
  const agent = new http.Agent({ keepAlive: true });
  const well = () => proxy.nodes.filter(n => n.well);
  const server = http.createServer((req, res) => {
    const list = well(), node = list[proxy.turn++ % list.length];
    if (!node) { res.writeHead(502).end('no node is well'); return; }
    const failed = e => { proxy.failures.push(`${req.method} ${req.url} at ${node.base}: ${e.code || e.message}`); if (!res.headersSent) res.writeHead(502); res.end(); };
    const onward = http.request(node.base + req.url, { method: req.method, headers: { ...req.headers, connection: 'keep-alive' }, agent }, answer => {
      const { connection, 'keep-alive': keep, ...headers } = answer.headers;
      res.writeHead(answer.statusCode, headers);
      answer.pipe(res);
    });
    onward.on('error', failed);
    res.on('close', () => { if (!res.writableEnded) onward.destroy(); });
    req.pipe(onward);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  proxy.base = `http://127.0.0.1:${server.address().port}`;
  proxy.add = base => { proxy.nodes.push({ base, well: true }); };
  proxy.remove = base => { proxy.nodes = proxy.nodes.filter(n => n.base !== base); };
  let on = true;
  const looking = (async () => {
    for (; on; await sleep(everyMs))
      await Promise.all(proxy.nodes.map(async node => {
        try { node.well = (await request(node.base + '/healthz')).status === 200; } catch { node.well = false; }
      }));
  })();
  proxy.stop = async () => { on = false; await looking; agent.destroy(); server.closeAllConnections(); await new Promise(done => server.close(done)); };
  return proxy;
}
