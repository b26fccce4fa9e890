// An echo server on Node's net module: each socket is piped into itself. Usage: node server.js PORT
'use strict';

const net = require('node:net');

const options = { noDelay: true, highWaterMark: 64 * 1024 };
const server = net.createServer(options, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket); // stops reading while the peer does not read; ends after the last byte
});
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
