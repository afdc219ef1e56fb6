// The kit that the cases use, in browsers and their workers, and in Node, Deno and Bun.

/** Fails the case by throwing unless the values are equal. */
export function equal(actual, expected, what = 'value') {
  const [a, e] = [actual, expected].map((value) => (typeof value === 'object' ? JSON.stringify(value) : value));
  if (!Object.is(a, e)) throw new Error(`${what}: expected ${String(e)}, got ${String(a)}`);
}

export function ok(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

export function throws(work, judge, what) {
  let thrown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  ok(thrown !== undefined && judge(thrown), `${what}, got ${thrown}`);
}

/** Milliseconds that a case may take. */
const LIMIT = 12_000;

/** Runs a case until it ends or its time is up. */
export async function run(work, kit) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT} ms`)), LIMIT);
  });
  try {
    await Promise.race([work(kit), late]);
  } finally {
    clearTimeout(timer);
    kit.close();
  }
}

export class Kit {
  #open = [];

  /** `server` and `other` are two origins of the same server. `browser` says whether CORS applies. */
  constructor({ EventSource, server, other, browser, base }) {
    Object.assign(this, { EventSource, server, other, browser, base });
  }

  /** Returns a URL that plays a script, and a function that fetches its log. */
  play(script, origin = this.server) {
    const key = Math.random().toString(36).slice(2);
    const url = `${origin}/play/${key}?${encodeURIComponent(JSON.stringify(script))}`;
    return { url, log: () => fetch(`${origin}/log/${key}`).then((response) => response.json()) };
  }

  /** Returns the URL of a stream that sends the chunks and stays open. */
  say(...chunks) {
    return this.play([{ chunks, end: false }]).url;
  }

  /** Opens a source that closes with the case. */
  source(url, options) {
    const source = new this.EventSource(url, options);
    this.#open.push(source);
    return source;
  }

  close() {
    for (const source of this.#open) source.close();
  }

  /** Resolves with the next event of a type. */
  next(source, type = 'message') {
    return new Promise((resolve) => source.addEventListener(type, resolve, { once: true }));
  }

  /** Records everything that a source reports as lines, up to the line `last`. */
  journal(source, last, types = ['message']) {
    return new Promise((resolve) => {
      const lines = [];
      const note = (line) => {
        lines.push(line);
        if (line === last) resolve(lines);
      };
      source.addEventListener('open', () => note(`open ${source.readyState}`));
      source.addEventListener('error', () => note(`error ${source.readyState}`));
      for (const type of types) source.addEventListener(type, (event) => note(`${type} ${event.data}`));
    });
  }

  /** Collects the data of a stream's events until one is `end`. */
  async data(source, type = 'message') {
    const lines = await this.journal(source, `${type} end`, [type]);
    return lines.filter((line) => line.startsWith(type)).map((line) => line.slice(type.length + 1)).slice(0, -1);
  }

  /** Resolves with the server's log once it is as wanted. */
  async logged(log, wanted) {
    for (;;) {
      const entries = await log();
      if (wanted(entries)) return entries;
    }
  }

  /** Waits for a response that the server delays by `milliseconds`, so that everything due by then has happened. */
  async elapse(milliseconds) {
    await (await fetch(this.play([{ wait: milliseconds }]).url)).text();
  }
}
