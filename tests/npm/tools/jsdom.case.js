/** @jest-environment ./jest-environment.js */
// Jest with a jsdom that has been given the globals that it lacks.

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
