// What the servers have in common: a world of its own for each test, whose streams the test can cut.

class World {
  constructor() {
    this.streams = new Set();
    this.opened = 0;
    this.requests = {};
  }

  count(method) {
    this.requests[method] = (this.requests[method] ?? 0) + 1;
  }

  // Counts the answer to `req` as a stream while it is open.
  watch(req, res) {
    this.streams.add(res);
    this.opened += 1;
    res.on("close", () => this.streams.delete(res));
  }

  // Answers with an event stream.
  stream(req, res, headers = {}) {
    this.watch(req, res);
    res.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      ...headers,
    });
    res.flushHeaders();
  }

  // Breaks the connections, as a proxy or a network may.
  cut() {
    for (const stream of this.streams) {
      stream.socket?.destroy();
    }
  }

  report() {
    const { opened, requests } = this;
    return { streams: this.streams.size, opened, requests };
  }
}

async function body(req) {
  const chunks = [];
  for await (const chunk of req) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

module.exports = { World, body };
