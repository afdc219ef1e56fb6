// Jest in CommonJS, in Node's environment and with fake timers.

const { EventSource } = require('everstream');
const { createStore } = require('everstream/store');

const headers = { 'content-type': 'text/event-stream' };
const next = (source, type) => new Promise((resolve) => source.addEventListener(type, resolve, { once: true }));

test('a source receives from a server', async () => {
  const source = new EventSource(process.env.STREAM);
  const { data } = await next(source, 'message');
  source.close();
  expect(data).toBe('tools');
});

test('a source needs no network', async () => {
  const fetch = async () => new Response('data: one\n\ndata: two\n\n', { headers });
  const seen = [];
  for await (const { data } of new EventSource('http://localhost/', { fetch, end: 'close' })) seen.push(data);
  expect(seen).toEqual(['one', 'two']);
});

test('a store has the same class and core', async () => {
  const store = createStore(() => new EventSource(process.env.STREAM));
  await new Promise((resolve) => store.subscribe(() => store.getSnapshot().data === 'tools' && resolve()));
  store.close();
  expect(store.getSnapshot().state).toBe('closed');
});

test('timers that are faked stand still until they are advanced', async () => {
  jest.useFakeTimers();
  const fetch = async () => new Response(new ReadableStream(), { headers });
  const source = new EventSource('http://localhost/', { fetch, heartbeatTimeout: 45_000 });
  await next(source, 'open');
  const failed = next(source, 'error');
  await jest.advanceTimersByTimeAsync(46_000);
  expect((await failed).code).toBe('heartbeat-timeout');
  source.close();
  jest.useRealTimers();
});
