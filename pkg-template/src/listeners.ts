// The listeners of a target, as the DOM standard has them: https://dom.spec.whatwg.org/#concept-event-listener

import { onAbort } from "./abort.js";
import { report } from "./problem.js";

type Callback = EventListenerOrEventListenerObject;

export interface Entry {
  readonly type: string;
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  /** What the platform was given in its place. */
  platform: Callback;
  /** Removed, perhaps while others were being called. */
  removed: boolean;
}

/**
 * The listeners of one target, beside the platform's own list of them, for what is not dispatched by the
 * platform. The target's own methods are never called: a user's class may have replaced them.
 */
export class Listeners {
  /** Lists are replaced, never changed: whoever goes through one is not disturbed. */
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #target: EventTarget;

  constructor(target: EventTarget) {
    this.#target = target;
  }

  has(type: string): boolean {
    return this.#entries.size > 0 && this.#entries.has(type);
  }

  /** In the order in which they are called. */
  of(type: string): readonly Entry[] | undefined {
    return this.#entries.get(type);
  }

  /** Returns whether somebody listens now. */
  add(type: string, callback: Callback | null, options?: boolean | AddEventListenerOptions): boolean {
    const { signal, ...others } = typeof options === "object" && options ? options : { capture: !!options };
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError("the signal is no AbortSignal");
    if (signal?.aborted) return false;
    const capture = !!others.capture;
    const once = !!others.once;
    const entries = this.#entries.get(type) ?? [];
    const isKnown = entries.some((entry) => entry.callback === callback && entry.capture === capture);
    if (isKnown) return true;
    const entry: Entry = { type, callback: callback!, capture, once, platform: callback!, removed: false };
    // A listener that listens once is used up when it has been called, by either list.
    if (once && callback) {
      entry.platform = (event) => {
        this.drop(entry);
        invoke(callback, this.#target, event);
      };
    }
    // First, since it refuses what is no listener.
    EventTarget.prototype.addEventListener.call(this.#target, type, entry.platform, others);
    if (!callback) return true;
    const all = [...entries, entry];
    // At its target an event is heard by those first who capture it.
    this.#entries.set(type, [...all.filter((one) => one.capture), ...all.filter((one) => !one.capture)]);
    // Not left to the platform: Node takes away the same listener where it was removed and added anew.
    if (signal) leaveWith(signal, this, entry);
    return true;
  }

  remove(type: string, callback: Callback | null, options?: boolean | EventListenerOptions): void {
    const capture = !!(typeof options === "object" && options ? options.capture : options);
    const entry = this.#entries.get(type)?.find((one) => one.callback === callback && one.capture === capture);
    if (entry) this.drop(entry);
    // It may have come another way.
    else EventTarget.prototype.removeEventListener.call(this.#target, type, callback, options);
  }

  drop(entry: Entry): void {
    if (entry.removed) return;
    entry.removed = true;
    const { type, platform, capture } = entry;
    EventTarget.prototype.removeEventListener.call(this.#target, type, platform, capture);
    const others = this.#entries.get(type)!.filter((one) => one !== entry);
    if (others.length) this.#entries.set(type, others);
    else this.#entries.delete(type);
  }
}

/** Calls one of them, unless it has been removed meanwhile. */
export function hear(entry: Entry, target: EventTarget, event: Event): void {
  if (entry.removed) return;
  try {
    // Of one that listens once, this is what takes it away first.
    if (entry.once) (entry.platform as EventListener)(event);
    else invoke(entry.callback, target, event);
  } catch (failure) {
    report(failure);
  }
}

function invoke(callback: Callback, target: EventTarget, event: Event): void {
  if (typeof callback === "function") callback.call(target, event);
  else callback.handleEvent(event);
}

/** A signal that outlives the target, or the listener, must not keep them. */
function leaveWith(signal: AbortSignal, listeners: Listeners, entry: Entry): void {
  const [held, listened] = [new WeakRef(listeners), new WeakRef(entry)];
  onAbort(signal, () => {
    const [all, one] = [held.deref(), listened.deref()];
    if (one) all?.drop(one);
  });
}
