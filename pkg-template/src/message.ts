// The DOM event of a message.

import { type Entry, hear } from "./listeners.js";

/**
 * A `MessageEvent` to all who look at it, but nothing to the platform: to make one of the platform's and to
 * have it dispatched takes ten times as long as all else that is done for an event.
 */
export class Message {
  readonly #type: string;
  readonly #target: EventTarget;
  readonly #data: unknown;
  readonly #lastEventId: string;
  readonly #origin: string;
  #time: number | undefined;
  #dispatching = true;
  #stopped = false;
  #over = false;

  constructor(type: string, target: EventTarget, data: unknown, lastEventId: string, origin: string) {
    this.#type = type;
    this.#target = target;
    this.#data = data;
    this.#lastEventId = lastEventId;
    this.#origin = origin;
  }

  get type() {
    return this.#type;
  }
  get data() {
    return this.#data;
  }
  get lastEventId() {
    return this.#lastEventId;
  }
  get origin() {
    return this.#origin;
  }
  get target() {
    return this.#target;
  }
  get srcElement() {
    return this.#target;
  }
  get currentTarget() {
    return this.#dispatching ? this.#target : null;
  }
  get eventPhase() {
    return this.#dispatching ? Event.AT_TARGET : Event.NONE;
  }
  /** To look at the clock costs more than the event; who asks, does so at once. */
  get timeStamp() {
    return (this.#time ??= performance.now());
  }
  get cancelBubble() {
    return this.#stopped;
  }
  set cancelBubble(stop) {
    this.#stopped ||= !!stop;
  }

  composedPath() {
    return this.#dispatching ? [this.#target] : [];
  }
  stopPropagation() {
    this.#stopped = true;
  }
  stopImmediatePropagation() {
    this.#stopped = this.#over = true;
  }
  /** It can't be cancelled. */
  preventDefault() {}

  /** Goes from listener to listener, unless one stops it. */
  static dispatch(message: Message, listeners: readonly Entry[]): void {
    for (let place = 0; place < listeners.length && !message.#over; place++) {
      hear(listeners[place]!, message.#target, message as unknown as Event);
    }
    message.#dispatching = message.#stopped = false;
  }
}

const same = {
  bubbles: false,
  cancelable: false,
  composed: false,
  defaultPrevented: false,
  isTrusted: true,
  returnValue: true,
  source: null,
  ports: Object.freeze([]),
  // Chromium's own, which it looks at when an event is copied.
  userActivation: null,
};
for (const [name, value] of Object.entries(same)) {
  const attribute = { get: () => value, enumerable: true, configurable: true };
  // To set `returnValue` has no effect where nothing can be cancelled.
  const set = name === "returnValue" && { set() {} };
  Object.defineProperty(Message.prototype, name, { ...attribute, ...set });
}
for (const name of Object.getOwnPropertyNames(Message.prototype)) {
  Object.defineProperty(Message.prototype, name, { enumerable: name !== "constructor" });
}
Object.defineProperties(Message.prototype, {
  constructor: { value: MessageEvent },
  // Node does not tell it from an `Event`.
  [Symbol.toStringTag]: { value: "MessageEvent" },
});
Object.setPrototypeOf(Message.prototype, MessageEvent.prototype);
