// A server that follows the documentation of PocketBase's realtime API, https://pocketbase.io/docs/api-realtime.
// It is not PocketBase: that is a program of its own, which npm does not have.

const { randomUUID } = require("node:crypto");

const { World, body } = require("./world.js");

class PocketBase extends World {
  constructor() {
    super();
    this.clients = new Map();
  }

  async handle(req, res) {
    this.count(req.method);
    if (req.method === "GET") {
      this.connect(req, res);
    } else {
      await this.subscribe(req, res);
    }
  }

  connect(req, res) {
    const id = randomUUID();
    this.stream(req, res);
    this.clients.set(id, { res, subscriptions: new Set() });
    res.on("close", () => this.clients.delete(id));
    send(res, id, "PB_CONNECT", JSON.stringify({ clientId: id }));
  }

  async subscribe(req, res) {
    const { clientId, subscriptions } = JSON.parse(await body(req));
    const client = this.clients.get(clientId);
    if (!client) {
      res.writeHead(404, { "content-type": "application/json" });
      res.end(JSON.stringify({ status: 404, message: "Missing or invalid client id.", data: {} }));
      return;
    }
    client.subscriptions = new Set(subscriptions);
    res.writeHead(204).end();
  }

  publish({ topic, data }) {
    for (const [id, { res, subscriptions }] of this.clients) {
      if (subscriptions.has(topic)) {
        send(res, id, topic, data);
      }
    }
  }

  // Forgets the clients, whose streams stay open.
  forget() {
    this.clients.clear();
  }

  report() {
    const subscribers = {};
    for (const { subscriptions } of this.clients.values()) {
      for (const topic of subscriptions) {
        subscribers[topic] = (subscribers[topic] ?? 0) + 1;
      }
    }
    return { ...super.report(), subscribers };
  }
}

function send(res, id, event, data) {
  res.write(`id:${id}\nevent:${event}\ndata:${data}\n\n`);
}

module.exports = { PocketBase };
