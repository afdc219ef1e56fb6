// vitest, with its fake timers.

import { afterEach, expect, test, vi } from 'vitest';
import { EventSource } from 'everstream';

const headers = { 'content-type': 'text/event-stream' };
const next = (source, type) => new Promise((resolve) => source.addEventListener(type, resolve, { once: true }));

afterEach(() => vi.useRealTimers());

test('a source receives from a server', async () => {
  const source = new EventSource(process.env.STREAM);
  expect((await next(source, 'message')).data).toBe('tools');
  source.close();
});

test('under fake timers a source opens and delivers, and its waits go by them', async () => {
  vi.useFakeTimers();
  const answers = [new Response('no', { status: 503 }), new Response('data: one\n\n', { headers })];
  const fetch = async () => answers.shift();
  const source = new EventSource('http://localhost/', { fetch, end: 'close', retry: { initialDelay: 60_000, maxDelay: 60_000, jitter: false } });
  const { retryIn } = await next(source, 'error');
  expect(retryIn).toBe(60_000);
  const message = next(source, 'message');
  await vi.advanceTimersByTimeAsync(59_000);
  expect(answers.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await message).data).toBe('one');
});
