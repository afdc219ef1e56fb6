// When a page falls asleep, and when it is awake again.

import { listenAll } from "./platform.js";

/**
 * Calls `onChange` when the page falls asleep, by being frozen or put into the back/forward cache (or when it
 * is closed), and when it is awake, until the returned function is called. In a worker there is nothing to
 * hear.
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
