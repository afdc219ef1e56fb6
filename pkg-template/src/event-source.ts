// The class that everybody knows.

import { closeWith } from "./abort.js";
import { Driver, type Listener } from "./driver.js";
import type { Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import { refuse, resolve, settle } from "./settings.js";
import { type Behind, share, type Sharing } from "./share.js";
import { CLOSED, CONNECTING, EventSourceErrorEvent, OPEN, Stream } from "./stream.js";

type Handler = ((event: Event) => unknown) | null;

export class EventSource extends Stream {
  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #driver: Behind;
  readonly #native: boolean;
  #sharing: Sharing | undefined;
  /** Takes back what the option `signal` was told. */
  #heedless: (() => void) | undefined;

  constructor(url: string | URL, options: Options | null = {}) {
    // As WebIDL has it: no URL is a mistake, and so are options that are no object.
    if (!arguments.length) throw new TypeError("EventSource needs a URL");
    if (options != null && !/^(object|function)$/.test(typeof options)) {
      throw new TypeError("the options of an EventSource are an object");
    }
    const given = options ?? {};
    const resolved = resolve(`${url}`);
    const withCredentials = !!given.withCredentials;
    const settings = settle(resolved, withCredentials, given);
    super(settings.lastEventId, !!given.json, given.schemas);
    this.#url = resolved.href;
    this.#withCredentials = withCredentials;
    this.#native = settings.native;
    const listener: Listener = {
      connecting: () => this.changed("connecting"),
      open: (origin) => this.opened(origin),
      waiting: (problem) => this.changed("waiting", new EventSourceErrorEvent(problem)),
      paused: () => this.changed("paused"),
      closed: (problem) => this.ended(problem),
      gap: () => this.gapped(),
      problem: (problem) => this.fail(problem),
      comment: (text) => this.commented(text),
      event: (type, data, id) => this.received(type, data, id),
      types: () => this.types(),
    };
    const { shared, signal } = given;
    if (shared === undefined) this.#driver = new Driver(settings, listener);
    else {
      if (typeof shared !== "string") refuse("shared", "it is a text, which says who shares");
      this.#driver = share(settings, listener, shared, (sharing) => {
        const before = this.#sharing;
        if (before?.role === sharing.role && before.tabs === sharing.tabs) return;
        this.#sharing = sharing;
        this.dispatchEvent(new Event("sharingchange"));
      });
    }
    this.#heedless = closeWith(signal, () => this.close());
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  override get readyState(): number {
    return super.readyState;
  }

  /** With whom the connection is shared, if it was asked for. */
  get sharing(): Sharing | undefined {
    return this.#sharing;
  }

  /** Drops the connection and connects anew at once, resuming. Without effect once closed. */
  reconnect(): void {
    this.#driver.reconnect();
  }

  override close(): void {
    if (super.readyState === CLOSED) return;
    this.#driver.close();
    this.ended(undefined);
  }

  protected override ended(problem: EventSourceError | undefined): void {
    this.#heedless?.();
    super.ended(problem);
  }

  override onAny(listener: Parameters<Stream["onAny"]>[0]): () => void {
    this.#refuseOnNative();
    return super.onAny(listener);
  }

  override onComment(listener: Parameters<Stream["onComment"]>[0]): () => void {
    this.#refuseOnNative();
    return super.onComment(listener);
  }

  override [Symbol.asyncIterator]() {
    this.#refuseOnNative();
    return super[Symbol.asyncIterator]();
  }

  protected override listening(type: string): void {
    // Before the driver there is nobody to tell: it asks.
    this.#driver.listen(type);
  }

  #refuseOnNative(): void {
    if (this.#native) {
      throw new TypeError("the native EventSource shows neither comments nor types that it is not asked for by name");
    }
  }

  get onopen(): Handler {
    return this.handler("open");
  }
  set onopen(handler: Handler) {
    this.setHandler("open", handler);
  }
  get onmessage(): Handler {
    return this.handler("message");
  }
  set onmessage(handler: Handler) {
    this.setHandler("message", handler);
  }
  get onerror(): Handler {
    return this.handler("error");
  }
  set onerror(handler: Handler) {
    this.setHandler("error", handler);
  }
}

// As WebIDL has them: constants on the interface and its prototype, members that can be enumerated.
const constants = Object.fromEntries(
  Object.entries({ CONNECTING, OPEN, CLOSED }).map(([name, value]) => [name, { value, enumerable: true }]),
);
// The name would fall victim to the minifier.
Object.defineProperties(EventSource, { ...constants, name: { value: "EventSource", configurable: true } });
Object.defineProperties(EventSource.prototype, {
  ...constants,
  [Symbol.toStringTag]: { value: "EventSource", configurable: true },
});
for (const name of ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close"]) {
  Object.defineProperty(EventSource.prototype, name, { enumerable: true });
}
