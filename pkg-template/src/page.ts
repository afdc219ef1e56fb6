// Reports the page's lifecycle to every source, with one set of listeners for all of them.

import { listenAll } from "./platform.js";
import { Signal } from "./tables.js";
import { turn } from "./turn.js";

type Listener = (signal: Signal) => void;

const watchers = new Set<Listener>();
let unwatch: (() => void) | undefined;

/** Calls `listener` at each change until the returned function is called. */
export function watchPage(listener: Listener): () => void {
  watchers.add(listener);
  unwatch ??= watch();
  return () => {
    watchers.delete(listener);
    if (!watchers.size) {
      unwatch?.();
      unwatch = undefined;
    }
  };
}

let isLeft = false;

/** Milliseconds to wait for `pagehide`: Firefox dispatches it some 20 ms after it has ended the page's streams. */
const FIREFOX_TELLS = 100;

/**
 * Whether a failure comes from a page that is being left. Code that is about to go would otherwise receive an error
 * that Firefox's own `EventSource` doesn't report.
 */
export async function isBeingLeft(): Promise<boolean> {
  await turn();
  const isLate = !isLeft && document_() && "mozInnerScreenX" in globalThis;
  if (isLate) await new Promise((resolve) => setTimeout(resolve, FIREFOX_TELLS));
  return isLeft;
}

/** Whether the page is hidden, which a new source must know, because no event has told it. */
export const isHidden = () => document_()?.visibilityState === "hidden";

function watch(): () => void {
  const told = (signal: (event: Event) => Signal | undefined) => (event: Event) => {
    const number = signal(event);
    if (number !== undefined) for (const watcher of [...watchers]) watcher(number);
  };
  const scope = globalThis as unknown as EventTarget;
  const document = document_();
  return listenAll([
    [scope, "online", told(() => Signal.Online)],
    [scope, "offline", told(() => Signal.Offline)],
    [scope, "pagehide", () => void (isLeft = true)],
    [
      scope,
      "pageshow",
      told((event) => {
        isLeft = false;
        return (event as PageTransitionEvent).persisted ? Signal.Restored : undefined;
      }),
    ],
    [document, "resume", told(() => Signal.Thawed)],
    [document, "visibilitychange", told(() => (isHidden() ? Signal.Hidden : Signal.Visible))],
  ]);
}

function document_(): Document | undefined {
  return globalThis.document;
}
