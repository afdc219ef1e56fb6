// Who listens for what, as the DOM standard has it: https://dom.spec.whatwg.org/#concept-event-listener

import { report } from "./problem.js";

type Callback = EventListenerOrEventListenerObject;

export interface Entry {
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  /** While others were being called. */
  removed: boolean;
}

/** The listeners of one target, beside the platform's own list of them, for what is not dispatched by it. */
export class Listeners {
  /** Lists are replaced, never changed: whoever goes through one is not disturbed. */
  readonly #entries = new Map<string, readonly Entry[]>();

  has(type: string): boolean {
    return this.#entries.size > 0 && this.#entries.has(type);
  }

  /** In the order in which they are called. */
  of(type: string): readonly Entry[] | undefined {
    return this.#entries.get(type);
  }

  /** Returns the entry, unless there is one already. */
  add(type: string, callback: Callback | null, options: AddEventListenerOptions): Entry | undefined {
    if (!callback) return undefined;
    const capture = !!options.capture;
    const once = !!options.once;
    const entries = this.#entries.get(type) ?? [];
    if (entries.some((entry) => entry.callback === callback && entry.capture === capture)) return undefined;
    const entry = { callback, capture, once, removed: false };
    const all = [...entries, entry];
    // At its target an event is heard by those first who capture it.
    this.#entries.set(type, [...all.filter((one) => one.capture), ...all.filter((one) => !one.capture)]);
    return entry;
  }

  remove(type: string, callback: Callback | null, options: boolean | EventListenerOptions | undefined): void {
    const capture = captures(options);
    const entries = this.#entries.get(type) ?? [];
    const entry = entries.find((one) => one.callback === callback && one.capture === capture);
    if (!entry) return;
    entry.removed = true;
    if (entries.length > 1) this.#entries.set(type, entries.filter((one) => one !== entry));
    else this.#entries.delete(type);
  }

  /** Those who listen once are about to be called, and taken away, by the platform. */
  heard(type: string): void {
    for (const { callback, capture, once } of this.#entries.get(type) ?? []) {
      if (once) this.remove(type, callback, capture);
    }
  }
}

/** Calls one of them. */
export function hear(entry: Entry, target: EventTarget, event: Event): void {
  const { callback, capture, once, removed } = entry;
  if (removed) return;
  if (once) target.removeEventListener(event.type, callback, capture);
  try {
    if (typeof callback === "function") callback.call(target, event);
    else callback.handleEvent(event);
  } catch (failure) {
    report(failure);
  }
}

function captures(options: boolean | EventListenerOptions | undefined): boolean {
  return !!(typeof options === "object" && options ? options.capture : options);
}
