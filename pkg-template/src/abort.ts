// What closes with a signal.

/**
 * Calls `close` when the signal is aborted, at once where it is already. Returns what takes that back: a
 * signal that outlives its sources is not to keep them.
 */
export function closeWith(signal: AbortSignal | undefined, close: () => void): () => void {
  if (signal?.aborted) close();
  else signal?.addEventListener("abort", close, { once: true });
  return () => signal?.removeEventListener("abort", close);
}
