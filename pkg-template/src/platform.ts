// What the package uses of the platform for its own work, as it was when the package was imported. Tools that
// fake timers (vitest, jest, sinon) replace these names later; a source under them must still open and deliver.
// Timers that stand for the user's own time (heartbeat, waits) are looked up when they are set, so that a test
// can advance them.

export const immediate = (globalThis as { setImmediate?: (work: () => void) => unknown }).setImmediate;
export const Channel = globalThis.MessageChannel;
export const soon = globalThis.queueMicrotask;
const clock = globalThis.performance;
const read = clock?.now;

// React Native has not always had them. Nothing can be made of the substitutes, but an import must not throw.
export const Target = globalThis.EventTarget ?? (class {} as unknown as typeof EventTarget);
export const PlatformEvent = globalThis.Event ?? (class {} as unknown as typeof Event);

// jsdom has neither, and an import must not throw there; a source says what is missing when it is made.
export const encoder = globalThis.TextEncoder && new TextEncoder();
// Data that begins with a byte order mark keeps it.
export const decoder = globalThis.TextDecoder && new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Listens on several targets until the returned function is called. No `AbortSignal` is given to them: in jsdom that
 * may be one of Node's, which jsdom's targets refuse.
 */
export function listenAll(entries: readonly [target: EventTarget | undefined, type: string, listener: (event: Event) => void][]): () => void {
  for (const [target, type, listener] of entries) target?.addEventListener?.(type, listener);
  return () => {
    for (const [target, type, listener] of entries) target?.removeEventListener?.(type, listener);
  };
}

/** The platform's monotonic clock, in milliseconds. */
export const now = (): number => read.call(clock);
