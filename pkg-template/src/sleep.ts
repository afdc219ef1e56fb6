// Reports when a page falls asleep, and when it wakes.

import { listenAll } from "./platform.js";

/**
 * Calls `onChange` when the page falls asleep and when it wakes, until the returned function is called. A page falls
 * asleep by being frozen, put into the back/forward cache, or closed. A worker has none of these events.
 */
export function watchSleep(onChange: (sleeps: boolean) => void): () => void {
  const { document } = globalThis;
  const page = document?.defaultView ?? undefined;
  return listenAll([
    [page, "pagehide", () => onChange(true)],
    [page, "pageshow", (event) => (event as PageTransitionEvent).persisted && onChange(false)],
    [document, "freeze", () => onChange(true)],
    [document, "resume", () => onChange(false)],
  ]);
}
