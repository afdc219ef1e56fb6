// A price feed as an Express tutorial would write it: `res.write` in a loop.
// And the recipe in `channels.js`, with what its tests do to it.

const { setTimeout: sleep } = require("node:timers/promises");

const cors = require("cors");
const express = require("express");

const channels = require("./channels");

const app = express();

// Numbered events for pages of other origins, with the one header that tutorials name: the plain request is
// allowed, a preflight is not. Every stream is closed after 600 ms.
app.options("/plain", (req, res) => res.status(204).end());
app.get("/plain", (req, res) => {
  const count = Number(req.query.count ?? 1000);
  let n = Number(req.get("Last-Event-ID") ?? 0);
  res.set("Access-Control-Allow-Origin", "*");
  if (n >= count) {
    res.status(204).end();
    return;
  }
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  res.write("retry: 50\n\n");
  const write = setInterval(() => {
    for (let more = 0; more < 5 && n < count; more++) res.write(`id: ${++n}\ndata: {"n":${n}}\n\n`);
    if (n === count) res.end();
  }, 10);
  const close = setTimeout(() => res.end(), 600);
  res.on("close", () => {
    clearInterval(write);
    clearTimeout(close);
  });
});

app.use(cors());

// Events 1 to `count`, after the last one seen; `close_every` ends the stream early.
app.get("/prices", async (req, res) => {
  const { count = 20, close_every = count, lastEventId = 0 } = req.query;
  const seen = Number(req.get("Last-Event-ID") ?? lastEventId);
  if (seen >= count) {
    res.status(204).end();
    return;
  }
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  res.flushHeaders();
  const last = Math.min(count, seen + Number(close_every));
  for (let n = seen + 1; n <= last && !res.destroyed; n++) {
    const data = JSON.stringify({ symbol: "ACME", price: 100 + n / 4, n });
    res.write(`id: ${n}\nevent: priceUpdate\ndata: ${data}\n\n`);
    await sleep(10);
  }
  res.end();
});

// The recipe's streams, with their channels: a test counts and cuts its own, while another browser's test runs.
const open = new Map();
const opened = new Map();
const streamsOf = (channel) => [...open].filter(([, names]) => names.includes(channel)).map(([stream]) => stream);

app.use("/channels", (req, res, next) => {
  if (req.method === "GET" && req.path === "/") {
    const names = [req.query.channel ?? []].flat();
    open.set(res, names);
    for (const name of names) opened.set(name, (opened.get(name) ?? 0) + 1);
    res.on("close", () => open.delete(res));
  }
  next();
});
app.use(channels.router);

app.post("/channels/publish", express.json(), (req, res) => {
  channels.publish(req.body.channel, req.body.data);
  res.status(204).end();
});

app.post("/channels/cut", express.json(), (req, res) => {
  for (const stream of streamsOf(req.body.channel)) stream.destroy();
  res.status(204).end();
});

app.get("/channels/report", (req, res) => {
  const { channel } = req.query;
  res.json({ open: streamsOf(channel).length, opened: opened.get(channel) ?? 0 });
});

const server = app.listen(process.env.PORT, "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
