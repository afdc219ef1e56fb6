// Cases about a source's counters and its log.

import { equal, ok } from './kit.js';

const END = 'data: end\n\n';

/** Creates a logger that records its lines. */
function recorder() {
  const lines = [];
  return { lines, debug: (...line) => lines.push(line.join(' ')) };
}

/** Strips the URL with which each line of a log begins, and replaces varying numbers by `N`. */
const plain = (lines, url) =>
  lines.map((line) => {
    const { origin, pathname } = new URL(url);
    const start = `everstream ${origin}${pathname}: `;
    ok(line.startsWith(start), `a line that begins with \`${start}\`, not \`${line}\``);
    return line.slice(start.length).replace(/in \d+ ms/, 'in N ms');
  });

export const told = {
  async 'counters: attempts, those that opened, events and bytes'(t) {
    const texts = ['retry: 5\nid: 1\ndata: a\n\nevent: unheard\ndata: b\n\n', `id: 2\n${END}`];
    const source = t.source(t.play([{ chunks: [texts[0]] }, { status: 503 }, { chunks: [texts[1]], end: false }]).url, { retry: { initialDelay: 1 } });
    const before = source.stats();
    equal([before.opened, before.events, before.bytes, before.silentFor, before.lastError], [0, 0, 0, undefined, undefined]);
    await t.data(source);
    const { attempts, opened, events, bytes, silentFor, lastError } = source.stats();
    equal([attempts, opened, events, bytes], [3, 2, 3, texts.join('').length]);
    ok(silentFor >= 0 && silentFor < 12_000, `a time since the last byte, not ${silentFor}`);
    equal([lastError.code, lastError.status], ['response', 503]);
    source.close();
    const after = source.stats();
    equal([after.attempts, after.events, after.bytes], [3, 3, bytes]);
    await t.elapse(30);
    ok(source.stats().silentFor >= silentFor + 25, 'silence that goes on');
  },

  async 'counters of the platform\'s own, whether the core is told of each event or not'(t) {
    // Node has no platform source.
    if (!t.browser) return;
    const script = [{ chunks: ['retry: 5\nid: 1\ndata: abc\n\ndata: de\n\n'] }, { chunks: [`id: 2\n${END}`], end: false }];
    for (const more of [{}, { heartbeatTimeout: 60_000 }]) {
      const source = t.source(t.play(script).url, { transport: 'native', ...more });
      await t.data(source);
      const { attempts, opened, events, bytes, silentFor } = source.stats();
      equal([attempts >= opened, opened, events, bytes], [true, 2, 3, 8], JSON.stringify(more));
      ok(silentFor >= 0, 'a time since the last event');
    }
  },

  async 'counters can be read from anywhere'(t) {
    const seen = [];
    // The source calls `headers` before the constructor has returned it.
    const note = () => void seen.push(source?.stats().attempts ?? 0);
    let source;
    source = t.source(t.play([{ status: 503 }, { chunks: ['data: 1\n\n', END], end: false }]).url, {
      headers: () => (note(), {}),
      retry: () => (note(), 1),
      until: () => (note(), false),
    });
    source.onopen = source.onerror = source.onmessage = note;
    await t.data(source);
    ok(seen.length >= 7 && seen.at(-1) === 2 && seen.every((count) => count >= 0 && count <= 2), `counts, not ${seen}`);
    const never = t.source(t.say(), { signal: AbortSignal.abort() });
    equal([never.stats().attempts, never.stats().silentFor], [0, undefined]);
  },

  async 'a logger is told each decision and its reason'(t) {
    const logger = recorder();
    const url = `${t.play([{ chunks: ['retry: 5\nid: 7\ndata: 1\n\n'] }, { status: 503 }, { status: 204 }]).url}&token=secret`;
    const source = t.source(url, { logger, headers: { authorization: 'Bearer secret' }, retry: { initialDelay: 1 } });
    await t.next(source, 'end');
    const lines = plain(logger.lines, url);
    equal(lines.filter((line) => !line.startsWith('connection ') && !line.startsWith('the page is ')), [
      'attempt 1 by fetch',
      'status 200, `text/event-stream`',
      'open, resumed: no',
      'the server ended the stream; again in N ms',
      'attempt 2 by fetch, behind ID `7`',
      lines.find((line) => line.startsWith('status 503')),
      'the server answered with status 503; again in N ms',
      'attempt 3 by fetch, behind ID `7`',
      lines.find((line) => line.startsWith('status 204')),
      'closed: no-content',
    ]);
    ok(!logger.lines.join('\n').includes('secret'), 'no secret in the log');
  },

  async 'a logger is told of gaps, calls and what closes'(t) {
    const logger = recorder();
    const { url } = t.play([{ chunks: ['data: 1\n\n'], end: false }, { chunks: [END], end: false }]);
    const source = t.source(url, { logger });
    await t.next(source);
    source.reconnect();
    await t.next(source);
    source.close();
    const lines = plain(logger.lines, url);
    for (const line of ['reconnect() was called', 'gap: events may be missing', 'closed: by the caller']) {
      ok(lines.includes(line), `\`${line}\` in ${JSON.stringify(lines)}`);
    }
    equal(lines.at(-1), 'closed: by the caller');
  },

  async 'a log holds no secret, whatever an error quotes'(t) {
    const logger = recorder();
    const fetch = async (url) => {
      throw new TypeError(`no way to ${url.replace('//', '//user:secret@')} or "https://other/?key=secret"`);
    };
    const source = t.source(`${t.server}/x?token=secret`, { fetch, logger, retry: { initialDelay: 60_000 } });
    await t.next(source, 'error');
    const log = logger.lines.join('\n');
    ok(log.includes('no way to'), `the error in ${log}`);
    ok(!log.includes('secret'), `no secret in ${log}`);
  },

  async 'a logger that throws harms nothing'(t) {
    const failure = new Error('thrown by a logger');
    const reports = [];
    const before = globalThis.reportError;
    globalThis.reportError = (error) => reports.push(error);
    try {
      const source = t.source(t.say('data: 1\n\n', END), {
        logger: {
          debug() {
            throw failure;
          },
        },
      });
      equal(await t.data(source), ['1']);
      source.close();
    } finally {
      globalThis.reportError = before;
    }
    ok(reports.length > 2 && reports.every((error) => error === failure), `reports, not ${reports}`);
  },

  async 'without a logger nothing is written'(t) {
    const written = [];
    const methods = ['log', 'debug', 'info', 'warn'];
    const before = methods.map((method) => console[method]);
    for (const method of methods) console[method] = (...line) => written.push(line);
    try {
      await t.data(t.source(t.say(END)));
    } finally {
      methods.forEach((method, place) => (console[method] = before[place]));
    }
    equal(written, []);
  },

  async '`localStorage.everstream` has every source write to the console'(t) {
    // Workers and Node have no `localStorage`.
    if (!globalThis.document) return;
    const written = [];
    const { log } = console;
    console.log = (line) => written.push(line);
    localStorage.everstream = 'debug';
    try {
      await t.data(t.source(t.say(END)));
    } finally {
      delete localStorage.everstream;
      console.log = log;
    }
    ok(written.some((line) => line.endsWith('attempt 1 by fetch')), `the attempt in ${JSON.stringify(written)}`);
  },
};
