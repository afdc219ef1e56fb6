import { before as register } from 'node:test';

let previous = Promise.resolve();

/**
 * Registers preparations as `before` of `node:test` does, but begins each after the one before it has ended. Node 20
 * begins all those of a file at once. If one fails, those that follow fail with the same error.
 */
export function before(prepare) {
  register(() => (previous = previous.then(prepare)));
}
