// The DOM event of a message.

import { type Entry, hear } from "./listeners.js";
import { show } from "./show.js";

// Engines show an instance under the name of its class, which a minifier changes, unless the class is derived.
class Base {}

/**
 * A `MessageEvent` to everyone who looks at it, but nothing to the platform. Creating one of the platform's and having
 * it dispatched takes ten times as long as everything else done for an event.
 *
 * The message's contents are properties of its own, so that consoles, `JSON.stringify`, `structuredClone` and
 * assertions see them.
 */
export class Message extends Base {
  readonly type: string;
  readonly data: unknown;
  readonly lastEventId: string;
  readonly origin: string;
  readonly #target: EventTarget;
  readonly #time: number;
  #dispatching = true;
  #stopped = false;
  #over = false;

  constructor(type: string, target: EventTarget, data: unknown, lastEventId: string, origin: string, time: number) {
    super();
    this.type = type;
    this.data = data;
    this.lastEventId = lastEventId;
    this.origin = origin;
    this.#target = target;
    this.#time = time;
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
    return this.#dispatching ? 2 : 0;
  }
  /** Time at which the event's bytes arrived. */
  get timeStamp() {
    return this.#time;
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
  /** Has no effect: the event can't be cancelled. */
  preventDefault() {}

  /** Calls one listener after the other, until one stops the event. */
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
  // Chromium reads this member, its own, when an event is copied.
  userActivation: null,
};

const prototype = Message.prototype;
for (const [name, value] of Object.entries(same)) {
  const attribute = { get: () => value, enumerable: true, configurable: true };
  // Setting `returnValue` has no effect on an event that can't be cancelled.
  const set = name === "returnValue" && { set() {} };
  Object.defineProperty(prototype, name, { ...attribute, ...set });
}
for (const name of Object.getOwnPropertyNames(prototype)) {
  Object.defineProperty(prototype, name, { enumerable: name !== "constructor" });
}
// Some engines lack these classes.
for (const Platform of [globalThis.MessageEvent, globalThis.Event]) {
  if (!Platform) continue;
  const members = Object.getOwnPropertyDescriptors(Platform.prototype);
  for (const [name, { get, value }] of Object.entries(members)) {
    // The platform's members work on the platform's events alone, so the rest is absent here.
    const isMember = !Object.hasOwn(prototype, name) && (get || typeof value === "function");
    // Firefox has further names for the target.
    const target = Object.getOwnPropertyDescriptor(prototype, "target")!;
    if (isMember) Object.defineProperty(prototype, name, /target$/i.test(name) ? target : { value: undefined, writable: true });
  }
}
if (globalThis.MessageEvent) {
  Object.defineProperty(prototype, "constructor", { value: MessageEvent });
  Object.setPrototypeOf(prototype, MessageEvent.prototype);
}
// The class carries the platform's name, because users never see the class itself.
show<Message>(Message, "MessageEvent", ({ type, data, lastEventId, origin }) => ({ type, data, lastEventId, origin }));
