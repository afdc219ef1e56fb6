import { createServer } from 'node:http';

const log = [];
const streams = new Set();
setInterval(() => {
  log.push(`id: ${log.length + 1}\nevent: price\ndata: ${JSON.stringify({ price: log.length })}\n\n`);
  for (const stream of streams) stream.write(log.at(-1));
}, 400);

const server = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  const last = request.headers['last-event-id'];
  response.write(`retry: 1000\n\n${last ? log.slice(Number(last)).join('') : ''}`);
  streams.add(response);
  response.on('close', () => streams.delete(response));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
