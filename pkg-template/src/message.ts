// The DOM event of a message.

const NO_PORTS: readonly MessagePort[] = Object.freeze([]);

/**
 * A `MessageEvent` to all who look at it, and to the platform an `Event` of which it knows the type alone:
 * what else the platform's own constructor would read, convert and keep takes it longer than all that is
 * done here for an event.
 */
export class Message extends Event {
  readonly #data: unknown;
  readonly #lastEventId: string;
  readonly #origin: string;

  constructor(type: string, data: unknown, lastEventId: string, origin: string) {
    super(type);
    this.#data = data;
    this.#lastEventId = lastEventId;
    this.#origin = origin;
  }

  get data(): unknown {
    return this.#data;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get origin(): string {
    return this.#origin;
  }

  get source(): null {
    return null;
  }

  get ports(): readonly MessagePort[] {
    return NO_PORTS;
  }
}

for (const name of ["data", "lastEventId", "origin", "source", "ports"]) {
  Object.defineProperty(Message.prototype, name, { enumerable: true });
}
Object.defineProperty(Message.prototype, "constructor", { value: MessageEvent });
Object.setPrototypeOf(Message.prototype, MessageEvent.prototype);
