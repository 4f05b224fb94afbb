// Loaded before everything else: whoever listens, listens on loopback.
const net = require('node:net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const [first] = args;
  if (typeof first === 'number' || /^\d+$/.test(first)) args.splice(1, typeof args[1] === 'string' ? 1 : 0, '127.0.0.1');
  else if (first && typeof first === 'object' && first.port !== undefined && !first.path) args[0] = { ...first, host: '127.0.0.1' };
  return listen.apply(this, args);
};
