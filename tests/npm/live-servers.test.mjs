// The servers that `docs/live-state.md` prints, with a live state in Node.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { before } from './support/hooks.mjs';
import { freePort } from './support/port.mjs';
import { unpack } from './support/tarball.mjs';

const TESTS = join(import.meta.dirname, '..');
const { EVERSTREAM_PYTHON: PYTHON, EVERSTREAM_EXPRESS_MODULES: MODULES } = process.env;
let pkg, folder, EventSource, createLive;

before(async () => {
  pkg = await unpack();
  ({ EventSource } = await import(pathToFileURL(join(pkg.directory, 'index.js')).href));
  ({ createLive } = await import(pathToFileURL(join(pkg.directory, 'live.js')).href));
  folder = await mkdtemp(join(tmpdir(), 'live-'));
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
  await pkg?.remove();
});

const servers = {
  fastapi: {
    skip: !PYTHON && 'no FastAPI',
    start(port) {
      const options = ['-m', 'uvicorn', 'live:app', '--app-dir', join(TESTS, 'fastapi'), '--port', `${port}`, '--log-level', 'error'];
      return spawn(PYTHON, options, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, stdio: 'ignore' });
    },
    write: (origin, id, value) => fetch(`${origin}/rows/${id}?value=${value}`, { method: 'PUT' }),
    options: {
      key: ({ data }) => data.id,
      version: ({ data }) => data.version,
      versions: ({ rows }) => Object.values(rows).map((row) => [row.id, row.version]),
    },
  },
  express: {
    skip: !MODULES && 'no Express',
    async prepare() {
      await cp(join(TESTS, 'express/live.js'), join(folder, 'live.js'));
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      await symlink(MODULES, join(folder, 'node_modules'));
    },
    start: (port) => spawn(process.execPath, [join(folder, 'live.js')], { env: { ...process.env, PORT: `${port}` }, stdio: 'ignore' }),
    write: (origin, id, value) =>
      fetch(`${origin}/rows/${id}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ value }) }),
    options: { position: ({ position }) => position },
    source: { replays: false },
  },
};

/** Waits until a server answers. */
async function answers(origin) {
  for (;;) {
    const response = await fetch(`${origin}/rows`).catch(() => sleep(20));
    if (response?.ok) return;
  }
}

const until = (live, wanted) =>
  new Promise((resolve) => {
    const look = () => {
      if (!wanted(live.getSnapshot())) return;
      leave();
      resolve(live.getSnapshot());
    };
    const leave = live.subscribe(look);
    queueMicrotask(look);
  });

for (const [name, { skip, prepare, start, write, options, source }] of Object.entries(servers)) {
  test(`node: ${name}: the state follows the server, and heals after a restart`, { skip }, async () => {
    await prepare?.();
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    let server = start(port);
    const stop = async () => {
      server.kill('SIGKILL');
      await once(server, 'exit');
    };
    try {
      await answers(origin);
      await write(origin, 'a', 1);
      const live = createLive({
        load: ({ signal }) => fetch(`${origin}/rows`, { signal }).then((response) => response.json()),
        source: () => new EventSource(`${origin}/changes`, { json: true, retry: { initialDelay: 20, maxDelay: 50 }, ...source }),
        reduce: (state, { data }) => ({ ...state, rows: { ...state.rows, [data.id]: data } }),
        minInterval: 20,
        jitter: 0,
        ...options,
      });
      const leave = live.subscribe(() => {});
      const values = ({ state }) => JSON.stringify(Object.values(state?.rows ?? {}).map(({ value }) => value));
      await until(live, (now) => now.freshness === 'live' && values(now) === '[1]');
      await write(origin, 'b', 2);
      await until(live, (now) => now.freshness === 'live' && values(now) === '[1,2]');
      await stop();
      const { since } = await until(live, ({ freshness }) => freshness === 'stale');
      assert.ok(since instanceof Date);
      server = start(port);
      await answers(origin);
      await until(live, (now) => now.freshness === 'live' && values(now) === '[]');
      await write(origin, 'c', 3);
      await until(live, (now) => now.freshness === 'live' && values(now) === '[3]');
      leave();
    } finally {
      await stop();
    }
  });
}
