// A hub that follows the specification of Mercure, https://mercure.rocks/spec, without authorization. It is not
// the reference hub: that is a program of its own, which npm does not have.

const { randomUUID } = require("node:crypto");

const { World, body } = require("./world.js");

class Mercure extends World {
  constructor() {
    super();
    this.history = [];
    this.subscribers = new Map();
  }

  async handle(req, res, url) {
    this.count(req.method);
    if (req.method === "GET") {
      this.subscribe(req, res, url);
      return;
    }
    const update = Object.fromEntries(new URLSearchParams(await body(req)));
    res.end(this.publish(update));
  }

  subscribe(req, res, url) {
    const selectors = url.searchParams.getAll("topic").map(matcher);
    if (selectors.length === 0) {
      res.writeHead(400).end("Missing \"topic\" parameter.");
      return;
    }
    const matches = (update) => selectors.some((selector) => selector(update.topic));
    const position = req.headers["last-event-id"] ?? url.searchParams.get("lastEventID");
    const at = this.history.findIndex(({ id }) => id === position);
    const headers = position ? { "last-event-id": at < 0 ? "earliest" : position } : {};
    this.stream(req, res, headers);
    // A comment shows that the stream is open, as the reference hub has it.
    res.write(":\n");
    const missed = position ? this.history.slice(at + 1) : [];
    for (const update of missed.filter(matches)) {
      send(res, update);
    }
    this.subscribers.set(res, matches);
    res.on("close", () => this.subscribers.delete(res));
  }

  publish({ topic, data, type }) {
    const update = { id: `urn:uuid:${randomUUID()}`, topic, data, type };
    this.history.push(update);
    for (const [res, matches] of this.subscribers) {
      if (matches(update)) {
        send(res, update);
      }
    }
    return update.id;
  }

  // As a hub with a short history does.
  forget() {
    this.history = [];
  }
}

// The topic itself, all topics, or a URI template with simple expressions.
function matcher(selector) {
  if (selector === "*") {
    return () => true;
  }
  const literals = selector.split(/\{\w+\}/).map((part) => part.replace(/[^\w]/g, "\\$&"));
  const pattern = new RegExp(`^${literals.join("[^/]+")}$`);
  return (topic) => pattern.test(topic);
}

function send(res, { id, type, data }) {
  res.write(`id: ${id}\n`);
  if (type) {
    res.write(`event: ${type}\n`);
  }
  res.write(`data: ${data}\n\n`);
}

module.exports = { Mercure };
