// Platform functions for the package's own work, as they were when the package was imported. Tools that fake timers
// (vitest, jest, sinon) replace these names later; a source under them must still open and deliver. Timers that stand
// for the user's own time (heartbeat, waits) are looked up when they are set, so that a test can advance them.

export const immediate = (globalThis as { setImmediate?: (work: () => void) => unknown }).setImmediate;
export const Channel = globalThis.MessageChannel;
export const soon = globalThis.queueMicrotask;
const clock = globalThis.performance;
const read = clock?.now;

// React Native has not always had these classes. The substitutes are useless, but an import must not throw.
export const Target = globalThis.EventTarget ?? (class {} as unknown as typeof EventTarget);
export const PlatformEvent = globalThis.Event ?? (class {} as unknown as typeof Event);

// jsdom has neither, and an import must not throw there. A source reports what is missing when it is created.
export const encoder = globalThis.TextEncoder && new TextEncoder();
// Data that begins with a byte order mark keeps it.
export const decoder = globalThis.TextDecoder && new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Listens on several targets until the returned function is called. The targets get no `AbortSignal`: in jsdom it may
 * be one of Node's, which jsdom's targets refuse.
 */
export function listenAll(entries: readonly [target: EventTarget | undefined, type: string, listener: (event: Event) => void][]): () => void {
  for (const [target, type, listener] of entries) target?.addEventListener?.(type, listener);
  return () => {
    for (const [target, type, listener] of entries) target?.removeEventListener?.(type, listener);
  };
}

/** The platform's monotonic clock, in milliseconds. */
export const now = (): number => read.call(clock);
