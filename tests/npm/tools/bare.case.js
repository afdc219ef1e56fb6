/** @jest-environment jsdom */
// Jest's jsdom as it is: neither `fetch` nor what belongs to it.

const { EventSource } = require('everstream');
const { createStore } = require('everstream/store');

test('importing does not throw; a source says what is missing', () => {
  expect(createStore('http://localhost/').getSnapshot().state).toBe('connecting');
  expect(() => new EventSource('http://localhost/')).toThrow(/there is no .*`TextEncoder`.*`fetch`/);
});
