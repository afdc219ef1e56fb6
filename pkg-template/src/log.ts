// Logs the library's decisions and their reasons, if asked to.

import { report } from "./problem.js";
import { shown } from "./show.js";

export interface Logger {
  debug(message: string): void;
}

export type Log = (message: string) => void;

/** Names in the order of `Signal`'s numbers. */
export const SIGNALS = ["online", "offline", "visible", "hidden", "thawed", "restored"] as const;

/** Whether the page's user has asked for a log, by `localStorage.everstream = 'debug'`. */
function isAsked(): boolean {
  try {
    // Node would warn of its own store, which belongs to no page.
    return !!globalThis.document && localStorage["everstream"] === "debug";
  } catch {
    // A sandboxed frame has no store.
    return false;
  }
}

/** Most consoles hide `console.debug`, but a user who has set `localStorage` wants to see the log. */
const CONSOLE: Logger = { debug: (message) => console.log(message) };

/**
 * Returns the log of a source, if any. Its lines omit queries and passwords, since these may be secrets. An error of the
 * platform's may quote a whole URL.
 */
export function logOf(logger: Logger | undefined, { origin, pathname }: URL): Log | undefined {
  const chosen = logger ?? (isAsked() ? CONSOLE : undefined);
  if (!chosen) return undefined;
  return (message) => {
    try {
      chosen.debug(`everstream ${origin}${pathname}: ${shown(message).replace(/\?[^\s`'"]+/g, "?…")}`);
    } catch (failure) {
      report(failure);
    }
  };
}
