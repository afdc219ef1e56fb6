// Serves each protocol at `/<protocol>/<world>/…`. What a test does to its world is at `/control/<protocol>/<world>/…`:
// POST publish, cut, forget; GET report.

const http = require("node:http");

const { GraphqlSse } = require("./graphql-sse.js");
const { Mercure } = require("./mercure.js");
const { PocketBase } = require("./pocketbase.js");
const { body } = require("./world.js");

const PROTOCOLS = { "graphql-sse": GraphqlSse, mercure: Mercure, pocketbase: PocketBase };

const worlds = new Map();

function worldAt(protocol, name) {
  const key = `${protocol}/${name}`;
  if (!worlds.has(key)) {
    worlds.set(key, new PROTOCOLS[protocol]());
  }
  return worlds.get(key);
}

async function control(world, action, req, res) {
  if (action !== "report") {
    const text = await body(req);
    world[action](text ? JSON.parse(text) : undefined);
  }
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(world.report()));
}

// The tests' page is of another origin.
function allow(req, res) {
  res.setHeader("access-control-allow-origin", "*");
  res.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE");
  res.setHeader("access-control-allow-headers", req.headers["access-control-request-headers"] ?? "*");
  res.setHeader("access-control-expose-headers", "last-event-id");
}

async function handle(req, res) {
  allow(req, res);
  if (req.method === "OPTIONS") {
    res.writeHead(204).end();
    return;
  }
  const url = new URL(req.url, "http://localhost");
  const [, first, second, third, action] = url.pathname.split("/");
  if (first === "control" && second in PROTOCOLS) {
    await control(worldAt(second, third), action, req, res);
  } else if (first in PROTOCOLS) {
    await worldAt(first, second).handle(req, res, url);
  } else {
    res.writeHead(404).end();
  }
}

const server = http.createServer((req, res) => {
  handle(req, res).catch((error) => {
    // A stream that is cut while it is written to is no error of the server.
    if (res.headersSent) {
      res.destroy();
    } else {
      console.error(error);
      res.writeHead(500).end(String(error));
    }
  });
});
server.listen(process.env.PORT, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
