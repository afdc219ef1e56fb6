// Answers that are generated to their end even if nobody reads them, and that a client can read on.

const { randomUUID } = require("node:crypto");
const { setTimeout: sleep } = require("node:timers/promises");
const express = require("express");

async function* generate(prompt) {
  for (const token of ["You", "said", prompt]) {
    await sleep(50);
    yield token;
  }
}

class Answer {
  events = [];
  isComplete = false;
  readers = new Set();

  async run(prompt) {
    try {
      for await (const token of generate(prompt)) this.add("message", token);
    } catch (error) {
      console.error(error);
      this.add("failure", "The model has failed.");
    }
    this.isComplete = true;
    this.add("message", "[DONE]");
  }

  add(type, data) {
    this.events.push(`event: ${type}\nid: ${this.events.length + 1}\ndata: ${data}\n\n`);
    for (const send of this.readers) send();
  }

  /** Sends the events after a position, and those that are still to come. */
  stream(position, res) {
    const send = () => {
      while (position < this.events.length) res.write(this.events[position++]);
      if (this.isComplete) res.end();
    };
    res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    this.readers.add(send);
    res.on("close", () => this.readers.delete(send));
    res.flushHeaders();
    send();
  }
}

const answers = new Map();
const app = express();
app.use(express.static("dist"));

app.post("/chat", express.json(), (req, res) => {
  const id = randomUUID();
  const answer = new Answer();
  answers.set(id, answer); // delete it when nobody wants it any more
  answer.run(req.body.prompt);
  res.set("Location", `/chat/${id}`);
  answer.stream(0, res);
});

app.get("/chat/:id", (req, res) => {
  const answer = answers.get(req.params.id);
  if (!answer) return res.sendStatus(404);
  answer.stream(Number(req.get("Last-Event-ID") ?? 0), res);
});

const server = app.listen(process.env.PORT ?? 8080, "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
