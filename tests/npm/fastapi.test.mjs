// FastAPI as its tutorials show it, with IDs and without a log, killed and restarted twenty times.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { before } from './support/hooks.mjs';
import { freePort } from './support/port.mjs';
import { unpack } from './support/tarball.mjs';

const APPS = join(import.meta.dirname, '../fastapi');
const PYTHON = process.env.EVERSTREAM_PYTHON;
const DEATHS = 20;
let pkg, EventSource;

before(async () => {
  pkg = await unpack();
  ({ EventSource } = await import(pathToFileURL(join(pkg.directory, 'index.js')).href));
});

after(() => pkg?.remove());

function start(port) {
  const options = ['-m', 'uvicorn', 'tutorial:app', '--app-dir', APPS, '--port', `${port}`, '--log-level', 'error'];
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return spawn(PYTHON, options, { env, stdio: 'ignore' });
}

/** Watches a source: counts the holes in its numbers, and the holes that a gap preceded. */
function watch(url, options) {
  const seen = { count: 0, last: undefined, holes: 0, told: 0, twice: 0, resumed: [] };
  const source = new EventSource(url, { json: true, retry: { initialDelay: 20, maxDelay: 50 }, ...options });
  source.addEventListener('open', ({ resumed }) => seen.resumed.push(resumed));
  source.onAny(({ data, gap }) => {
    if (seen.last !== undefined && data.n !== seen.last + 1) {
      seen.holes += 1;
      seen.told += gap ? 1 : 0;
    }
    if (data.n <= seen.last) seen.twice += 1;
    seen.last = data.n;
    seen.count += 1;
  });
  return { seen, source };
}

const skip = !PYTHON && 'no FastAPI';

test(`node: a server with IDs and no log that is killed ${DEATHS} times`, { skip, timeout: 240_000 }, async (t) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/ticks`;
  let server = start(port);
  t.after(() => server.kill('SIGKILL'));
  const sources = [{ follows: 'integers' }, { replays: false }, {}].map((options) => watch(url, options));
  t.after(() => sources.forEach(({ source }) => source.close()));
  for (let death = 0; death <= DEATHS; death++) {
    const counts = sources.map(({ seen }) => seen.count);
    while (sources.some(({ seen }, which) => seen.count < counts[which] + 3)) await sleep(10);
    if (death === DEATHS) break;
    server.kill('SIGKILL');
    await once(server, 'exit');
    server = start(port);
  }
  const [follows, replays, silent] = sources.map(({ seen }) => seen);
  for (const { holes, told, twice } of [follows, replays]) {
    assert.equal(holes, DEATHS, 'each death leaves a hole');
    assert.equal(told, holes);
    assert.equal(twice, 0);
  }
  // Without a hint from the user the source can't know of the holes, but it doesn't claim a confirmed resume either.
  assert.equal(silent.holes, DEATHS);
  assert.equal(silent.resumed[0], 'no');
  assert.deepEqual([...new Set(silent.resumed.slice(1))], ['asked']);
});
