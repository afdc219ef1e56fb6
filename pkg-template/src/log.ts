// What the library decides and why, for whoever asks.

import { report } from "./problem.js";

export interface Logger {
  debug(message: string, ...details: unknown[]): void;
}

export type Log = (message: string, ...details: unknown[]) => void;

/** By the numbers of `Signal`. */
export const SIGNALS = ["online", "offline", "visible", "hidden", "thawed", "restored"] as const;

/** Whether the page's user has asked for it, by `localStorage.everstream = 'debug'`. */
function isAsked(): boolean {
  try {
    // Node would warn of its own store, which is no page's.
    return !!globalThis.document && localStorage["everstream"] === "debug";
  } catch {
    // A sandboxed frame has no store.
    return false;
  }
}

/** `console.debug` is hidden in most consoles; whoever asks by `localStorage` wants to see it. */
const CONSOLE: Logger = { debug: (...message) => console.log(...message) };

/** Without a query, in which there may be a secret. */
export function logOf(logger: Logger | undefined, { origin, pathname }: URL): Log | undefined {
  const chosen = logger ?? (isAsked() ? CONSOLE : undefined);
  if (!chosen) return undefined;
  return (message, ...details) => {
    try {
      chosen.debug(`everstream ${origin}${pathname}: ${message}`, ...details);
    } catch (failure) {
      report(failure);
    }
  };
}
