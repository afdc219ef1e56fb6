// Yields to the event loop.

import { Channel, immediate } from "./platform.js";

/**
 * Time budget: milliseconds for which the platform is kept busy before it gets a turn. Work that waits for a turn may
 * have to wait for a second one.
 */
export const SLICE = 4;

/**
 * Lets the platform do other work: timers, input, painting. Awaiting a promise does not, and `setTimeout` waits at
 * least 4 ms once nested, and a second in a hidden page.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    try {
      if (immediate) {
        immediate(resolve);
        return;
      }
      if (Channel) {
        const { port1, port2 } = new Channel();
        port1.onmessage = () => {
          port1.close();
          resolve();
        };
        port2.postMessage(0);
        return;
      }
    } catch {
      // Next.js replaces both with functions that throw, in its edge runtime.
    }
    setTimeout(resolve);
  });
}
