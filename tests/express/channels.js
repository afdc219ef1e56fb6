// Many channels over one event stream: the multiplex protocol without a hub.

const { randomBytes } = require("node:crypto");
const { Router } = require("express");

const router = Router();
const epoch = randomBytes(4).toString("hex"); // names the log: another one after a restart, which is a gap
const log = [{ number: 0 }]; // never empty
const streams = new Set();

function publish(channel, data) {
  const number = log.at(-1).number + 1;
  const event = `event: ${channel}\nid: ${epoch}-${number}\ndata: ${JSON.stringify(data)}\n\n`;
  log.push({ number, channel, event });
  if (log.length > 1000) log.shift();
  for (const write of streams) write();
}

router.get("/channels", (req, res) => {
  const channels = new Set([req.query.channel].flat());
  const seen = req.get("Last-Event-ID") || req.query.lastEventId || "";
  const [, name, number] = /^(.*)-(\d+)$/.exec(seen) ?? [];
  // A position of another log is before all that is kept, which is a gap.
  let at = name === epoch ? Number(number) : seen ? -2 : log.at(-1).number;
  const position = seen ? "" : `id: ${epoch}-${at}\n`;
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no" });
  res.write(`event: @connected\n${position}data: {"protocol":1,"heartbeatMs":15000}\n\n`);

  const write = () => {
    if (res.writableNeedDrain) return;
    if (log[0].number > at + 1) {
      res.write("event: @gap\ndata: {}\n\n");
      at = log[0].number - 1;
    }
    for (const entry of log.slice(at + 1 - log[0].number)) {
      if (channels.has(entry.channel)) res.write(entry.event);
      at = entry.number;
      if (res.writableNeedDrain) return; // a slow client: `drain` goes on here
    }
  };
  const ping = setInterval(() => {
    if (!res.writableNeedDrain) res.write(`event: @ping\nid: ${epoch}-${at}\ndata: {}\n\n`);
  }, 15_000);
  res.on("drain", write).on("close", () => {
    clearInterval(ping);
    streams.delete(write);
  });
  streams.add(write);
  write();
});

module.exports = { publish, router };
