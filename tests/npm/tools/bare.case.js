/** @jest-environment jsdom */
// Jest's jsdom unmodified, which lacks `fetch` and everything that belongs to it.

const { EventSource } = require('everstream');
const { createStore } = require('everstream/store');

test('importing does not throw; a source says what is missing', () => {
  expect(createStore('http://localhost/').getSnapshot().state).toBe('connecting');
  expect(() => new EventSource('http://localhost/')).toThrow(/there is no .*`TextEncoder`.*`fetch`/);
});
