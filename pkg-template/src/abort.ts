// Calls functions when a user's signal is aborted.

interface Waiting {
  calls: Set<() => void>;
  abort: () => void;
}

/** One listener per signal: Node warns about an `AbortSignal` with more than ten of them. */
const waiting = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `call` when the signal is aborted. Returns a function that takes this back: a signal that outlives a source
 * must not keep it in memory.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const known = waiting.get(signal);
  const calls = known?.calls ?? new Set<() => void>();
  const abort = known?.abort ?? (() => calls.forEach((each) => each()));
  if (!known) {
    waiting.set(signal, { calls, abort });
    signal.addEventListener("abort", abort, { once: true });
  }
  calls.add(call);
  return () => {
    calls.delete(call);
    if (!calls.size && waiting.delete(signal)) signal.removeEventListener("abort", abort);
  };
}
