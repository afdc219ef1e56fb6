// When a page falls asleep, and when it is awake again.

/**
 * Calls `onChange` when the page falls asleep, by being frozen or put into the back/forward cache (or when it
 * is closed), and when it is awake, until the returned function is called. In a worker there is nothing to
 * hear.
 */
export function watchSleep(onChange: (sleeps: boolean) => void): () => void {
  const stop = new AbortController();
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void) =>
    target?.addEventListener(type, listener, { signal: stop.signal });
  const { document } = globalThis;
  const page = document?.defaultView ?? undefined;
  on(page, "pagehide", () => onChange(true));
  on(page, "pageshow", (event) => (event as PageTransitionEvent).persisted && onChange(false));
  on(document, "freeze", () => onChange(true));
  on(document, "resume", () => onChange(false));
  return () => stop.abort();
}
