/** @jest-environment jsdom */
// Jest's jsdom has neither `fetch` nor what belongs to it: a setup file has to bring it.

const { EventSource } = require('everstream');

test('a source receives from a server', async () => {
  const source = new EventSource(process.env.STREAM);
  const event = await new Promise((resolve) => {
    source.onmessage = resolve;
    source.onerror = resolve;
  });
  source.close();
  expect(event.message).toBe(undefined);
  expect(event.data).toBe('tools');
});
