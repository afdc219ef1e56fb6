// `everstream/testing`: the package's own driver over a network and a clock that the test invents.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { before } from './support/hooks.mjs';
import { unpack } from './support/tarball.mjs';

const URL = 'http://app.test/prices';

let pkg, EventSource, TestServer, VirtualClock, warmUp;
before(async () => {
  pkg = await unpack();
  // Imported as an application does it: by the exports of the manifest.
  const bridge = join(pkg.root, 'bridge.mjs');
  await writeFile(bridge, `export * from 'everstream'; export * from 'everstream/testing';`);
  ({ EventSource, TestServer, VirtualClock, warmUp } = await import(pathToFileURL(bridge)));
  await warmUp(EventSource);
});
after(() => pkg?.remove());

/** A component as an application has it: the latest price, and whether it is stale. */
class Prices {
  shown = [];
  isStale = true;

  constructor(fetch, options) {
    this.source = new EventSource(URL, { fetch, heartbeatTimeout: 45_000, retry: {}, ...options });
    this.source.onopen = () => (this.isStale = false);
    this.source.onerror = () => (this.isStale = true);
    this.source.onmessage = ({ data }) => this.shown.push(Number(data));
  }
}

/** Runs a test on a virtual clock. Everything is put back, whatever happens. */
async function virtually(test, { stream: options, source } = {}) {
  const real = [setTimeout, clearTimeout, setInterval, clearInterval, Date.now, performance.now];
  const clock = new VirtualClock();
  const server = new TestServer();
  const stream = server.stream('/prices', options);
  const component = new Prices(server.fetch, source);
  try {
    await clock.settle();
    await test({ clock, stream, component });
  } finally {
    component.source.close();
    clock.restore();
  }
  assert.deepEqual([setTimeout, clearTimeout, setInterval, clearInterval, Date.now, performance.now], real);
}

describe('a component under test', () => {
  const stale = async ({ clock, stream, component }) => {
    assert.equal(component.isStale, false);
    stream.send(1);
    await clock.advance(60_000);
    assert.deepEqual([component.shown, component.isStale], [[1], false], 'comments keep the connection alive');

    stream.silence();
    stream.send(2);
    await clock.advance(44_000);
    assert.equal(component.isStale, false);
    await clock.advance(1_000);
    assert.equal(component.isStale, true);
    assert.deepEqual(component.shown, [1]);

    await clock.advance(2_000);
    stream.send(3);
    await clock.settle();
    assert.deepEqual([component.shown, component.isStale], [[1, 2, 3], false]);
    assert.deepEqual(stream.requests.map(({ lastEventId }) => lastEventId), ['', '1']);
    assert.equal(stream.connections, 1);
  };

  it('shows stale after 45 s of silence, resumes, nothing twice', () => virtually(stale, { stream: { heartbeat: 15_000 } }));

  it('takes less than 50 ms for it', async () => {
    // The best of several, beside a plain timer in the same run, which tells how busy the machine is.
    const [took, timers] = [[], []];
    for (let run = 0; run < 5; run++) {
      const begun = performance.now();
      await virtually(stale, { stream: { heartbeat: 15_000 } });
      took.push(performance.now() - begun);
      const waited = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 20));
      timers.push(performance.now() - waited);
    }
    const [best, timer] = [Math.min(...took), Math.min(...timers)];
    assert.ok(best < 2.5 * timer, `it took ${best} ms, and a timer of 20 ms took ${timer} ms`);
  });
});

describe('faults', () => {
  it('a cut connection is resumed', () =>
    virtually(async ({ clock, stream, component }) => {
      stream.send(1);
      await clock.settle();
      stream.cut();
      stream.send(2);
      await clock.settle();
      assert.deepEqual([component.shown, component.isStale, stream.connections], [[1], true, 0]);
      await clock.advance(1_000);
      assert.deepEqual([component.shown, component.isStale, stream.connections], [[1, 2], false, 1]);
    }));

  it('503 is tried again as Retry-After asks, and 401 is final', () =>
    virtually(async ({ clock, stream, component }) => {
      stream.refuse(503, { headers: { 'retry-after': '7' } });
      stream.cut();
      await clock.advance(1_000);
      assert.deepEqual(stream.requests.map(({ status }) => status), [200, 503]);
      await clock.advance(5_000);
      assert.equal(stream.requests.length, 2);
      await clock.advance(4_000);
      assert.deepEqual(stream.requests.map(({ status }) => status), [200, 503, 200]);
      assert.equal(component.isStale, false);
      stream.refuse(401, { times: 9 });
      stream.cut();
      await clock.advance(60_000);
      assert.equal(component.source.readyState, EventSource.CLOSED);
      assert.equal(stream.requests.at(-1).status, 401);
    }));

  it('204 ends the stream', () =>
    virtually(async ({ clock, stream, component }) => {
      stream.refuse(204);
      stream.end();
      await clock.advance(60_000);
      assert.equal(component.source.readyState, EventSource.CLOSED);
      assert.equal(stream.requests.length, 2);
    }));

  it('a restart keeps the log, or loses it', async () => {
    for (const [log, shown] of [[true, [1, 2, 3]], [false, [1, 3]]]) {
      await virtually(async ({ clock, stream, component }) => {
        stream.send(1);
        await clock.settle();
        stream.silence();
        stream.send(2);
        stream.restart({ log });
        await clock.advance(1_000);
        stream.send(3);
        await clock.settle();
        assert.deepEqual(component.shown, shown);
        assert.equal(stream.requests.at(-1).lastEventId, '1');
      });
    }
  });

  it('without IDs a reconnect is a gap', () =>
    virtually(
      async ({ clock, stream, component }) => {
        const gaps = [];
        component.source.addEventListener('gap', () => gaps.push('gap'));
        stream.send('{"a":1}\nb', { type: 'other' });
        stream.send(1);
        await clock.settle();
        stream.cut();
        await clock.advance(1_000);
        stream.send(2);
        await clock.settle();
        assert.deepEqual([component.shown, gaps], [[1, 2], ['gap']]);
        assert.equal(stream.requests.at(-1).lastEventId, '');
      },
      { stream: { ids: false } },
    ));

  it('a closed source has left the server', () =>
    virtually(async ({ clock, stream, component }) => {
      assert.equal(stream.connections, 1);
      component.source.close();
      await clock.settle();
      assert.equal(stream.connections, 0);
    }));

  it('a path without a stream is 404', async () => {
    const response = await new TestServer().fetch('http://app.test/other');
    assert.deepEqual([response.status, response.url], [404, 'http://app.test/other']);
    const server = new TestServer();
    server.stream('/a');
    assert.throws(() => server.stream('/a'), /already/);
    assert.throws(() => server.stream('a'), /slash/);
  });
});

describe('the clock', () => {
  it('fires in the order of time, and then of setting, and what a timer sets too', async () => {
    const clock = new VirtualClock();
    try {
      const [fired, began] = [[], performance.now()];
      const note = (name) => fired.push(`${name} ${performance.now() - began}`);
      setTimeout(note, 20, 'b');
      setTimeout(() => setTimeout(note, 5, 'a2'), 10);
      const every = setInterval(() => note('every'), 8);
      const never = setTimeout(note, 1, 'never');
      clearTimeout(never);
      setTimeout(note, 20, 'c');
      setTimeout(note, 31, 'late');
      await clock.advance(30);
      clearInterval(every);
      assert.deepEqual(fired, ['every 8', 'a2 15', 'every 16', 'b 20', 'c 20', 'every 24']);
      assert.equal(clock.elapsed, 30);
      await clock.advance(1);
      assert.equal(fired.at(-1), 'late 31');
      await assert.rejects(clock.advance(-1), RangeError);
    } finally {
      clock.restore();
    }
  });
});
