// The fan-out of `../src/hub.rs`, by better-sse on Node's own HTTP server.

const { createServer } = require("node:http");

const { createChannel, createSession } = require("better-sse");

const channel = createChannel();
let published = 0;

function publish() {
  published += 1;
  const n = published;
  channel.broadcast({ symbol: "ACME", bid: 100.25, ask: 100.5, volume: 1200, n, mark: "^" }, "prices");
}

const server = createServer(async (req, res) => {
  if (req.method === "POST") {
    const count = Number(new URL(req.url, "http://localhost").searchParams.get("count"));
    for (let left = count; left > 0; left--) publish();
    res.writeHead(204).end();
    return;
  }
  channel.register(await createSession(req, res));
});

server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
