// The listeners of a target, as the DOM standard has them: https://dom.spec.whatwg.org/#concept-event-listener

import { onAbort } from "./abort.js";
import { report } from "./problem.js";

type Callback = EventListenerOrEventListenerObject;

export interface Entry {
  readonly type: string;
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  /** The callback that the platform was given in place of `callback`. */
  platform: Callback;
  /** Whether the listener was removed, perhaps while others were being called. */
  removed: boolean;
}

/**
 * The listeners of one target, kept beside the platform's own list, for events that the platform doesn't dispatch. The
 * target's own methods are never called: a user's class may override them.
 */
export class Listeners {
  /** Lists are replaced, never mutated, so that a loop over one isn't disturbed. */
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #target: EventTarget;

  constructor(target: EventTarget) {
    this.#target = target;
  }

  has(type: string): boolean {
    return this.#entries.size > 0 && this.#entries.has(type);
  }

  /** Returns the listeners of a type, in the order in which they are called. */
  of(type: string): readonly Entry[] | undefined {
    return this.#entries.get(type);
  }

  /** Adds a listener. Returns false if its signal has been aborted already. */
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
    // A listener that listens once is used up by its first call, from either list.
    if (once && callback) {
      entry.platform = (event) => {
        this.drop(entry);
        invoke(callback, this.#target, event);
      };
    }
    // The platform's method comes first, since it throws for a callback that is no listener.
    EventTarget.prototype.addEventListener.call(this.#target, type, entry.platform, others);
    if (!callback) return true;
    const all = [...entries, entry];
    // At its target, an event reaches capturing listeners first.
    this.#entries.set(type, [...all.filter((one) => one.capture), ...all.filter((one) => !one.capture)]);
    // The signal is not left to the platform: Node would also remove the same listener after it was removed and added
    // anew.
    if (signal) leaveWith(signal, this, entry);
    return true;
  }

  remove(type: string, callback: Callback | null, options?: boolean | EventListenerOptions): void {
    const capture = !!(typeof options === "object" && options ? options.capture : options);
    const entry = this.#entries.get(type)?.find((one) => one.callback === callback && one.capture === capture);
    if (entry) this.drop(entry);
    // The listener may have been added by the platform's own method.
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

/** Calls a listener, unless it has been removed meanwhile. */
export function hear(entry: Entry, target: EventTarget, event: Event): void {
  if (entry.removed) return;
  try {
    // `platform` removes a listener that listens once before it calls it.
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

/**
 * Removes the listener when the signal is aborted. A signal that outlives the target or the listener must not keep them
 * in memory.
 */
function leaveWith(signal: AbortSignal, listeners: Listeners, entry: Entry): void {
  const [held, listened] = [new WeakRef(listeners), new WeakRef(entry)];
  onAbort(signal, () => {
    const [all, one] = [held.deref(), listened.deref()];
    if (one) all?.drop(one);
  });
}
