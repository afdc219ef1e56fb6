// A turn of the event loop.

import { Channel, immediate } from "./platform.js";

/**
 * How long the platform is kept busy, in milliseconds, before it gets a turn. What waits for one may have to
 * wait for a second.
 */
export const SLICE = 4;

/**
 * Lets the platform do other things: timers, input, painting. Awaiting a promise does not, and
 * `setTimeout` waits at least 4 ms once nested, a second in a hidden page.
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
      // In the place of both, Next.js puts functions that throw into its edge runtime.
    }
    setTimeout(resolve);
  });
}
