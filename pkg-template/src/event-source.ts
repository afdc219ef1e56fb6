// The class that everybody knows.

import { onAbort } from "./abort.js";
import { Driver } from "./driver.js";
import type { Listener } from "./listener.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import { Target } from "./platform.js";
import { present, replaceable, streamOf, streams } from "./receiver.js";
import { Counters, type SourceStats } from "./stats.js";
import { checkOptions, resolve, settle, shown } from "./settings.js";
import { share, type Sharing } from "./share.js";
import { type Answered, CLOSED, CONNECTING, type End, OPEN, type State, Stream } from "./stream.js";

type Handler = ((event: Event) => unknown) | null;
type Callback = EventListenerOrEventListenerObject | null;

export class EventSource extends Target {
  readonly #url: string;
  readonly #withCredentials: boolean;
  /** None of a source whose signal was aborted before it was made. */
  #driver: Driver | undefined;
  #sharing: Sharing | undefined;
  /** Takes back what the option `signal` was told. */
  #heedless: (() => void) | undefined;

  static {
    present<EventSource>(this, "EventSource", (source) => {
      const { readyState, state, lastEventId } = streamOf(source);
      return { url: shown(source.#url), readyState, state, lastEventId, ...(source.#sharing && { sharing: source.#sharing }) };
    });
  }

  constructor(url: string | URL, options: Options | null = {}) {
    // As WebIDL has it: no URL is a mistake, and so are options that are no object.
    if (!arguments.length) throw new TypeError("EventSource needs a URL");
    if (options != null && !/^(object|function)$/.test(typeof options)) {
      throw new TypeError("the options of an EventSource are an object");
    }
    const given = options ?? {};
    const resolved = resolve(`${url}`);
    checkOptions(given);
    const settings = settle(resolved, given);
    super();
    this.#url = resolved.href;
    this.#withCredentials = !!given.withCredentials;
    const stream = new Stream(this, given, {
      close: () => this.#close(),
      // Before the driver there is nobody to tell: it asks.
      listening: (type) => this.#driver?.listen(type),
      wantsAll: () => {
        if (settings.native === true) {
          throw new TypeError("the native EventSource shows neither comments nor types that it is not asked for by name");
        }
        this.#driver?.requireFetch();
      },
    });
    streams.set(this, stream);
    const listener: Listener = {
      connecting: () => stream.change("connecting"),
      open: (origin, answered, resumed) => stream.open(origin, answered, resumed),
      waiting: (problem, retryIn) => stream.wait(problem, retryIn),
      paused: () => stream.change("paused"),
      closed: (problem, end) => this.#end(problem, end),
      gap: () => stream.gap(),
      problem: (problem) => stream.fail(problem),
      comment: (text) => stream.comment(text),
      event: (type, data, id) => stream.receive(type, data, id),
      types: () => stream.types,
      sharing: (sharing) => {
        const before = this.#sharing;
        if (before?.role === sharing.role && before.tabs === sharing.tabs) return;
        this.#sharing = sharing;
        stream.dispatch(new Event("sharingchange"));
      },
    };
    const { shared, signal } = given;
    if (signal?.aborted) {
      this.#end(undefined);
      return;
    }
    const company = shared === undefined ? undefined : share(settings, shared, false, (sharing) => listener.sharing?.(sharing));
    this.#driver = new Driver(settings, listener, company);
    if (!signal) return;
    this.#heedless = onAbort(signal, () => this.#close());
    // By a function that was asked for headers meanwhile.
    if (signal.aborted) this.#close();
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  get readyState(): number {
    return streamOf(this).readyState;
  }

  /** More exactly. */
  get state(): State {
    return streamOf(this).state;
  }

  /** In how many milliseconds from the last failure it is tried again, while it waits for that. */
  get retryIn(): number | undefined {
    return streamOf(this).retryIn;
  }

  /** The position: of the event delivered last. */
  get lastEventId(): string {
    return streamOf(this).lastEventId;
  }

  /** What is known of the answer in use, where the transport shows it. */
  get response(): Answered | undefined {
    return streamOf(this).response;
  }

  /** With whom the connection is shared, if it was asked for. */
  get sharing(): Sharing | undefined {
    return this.#sharing;
  }

  override addEventListener(type: string, listener: Callback, options?: boolean | AddEventListenerOptions): void {
    streamOf(this).listen(`${type}`, listener, options);
  }

  override removeEventListener(type: string, listener: Callback, options?: boolean | EventListenerOptions): void {
    streamOf(this).unlisten(`${type}`, listener, options);
  }

  /** Calls `listener` with every event of every type, as a plain object. */
  onAny(listener: (event: AnyEvent) => void): () => void {
    return streamOf(this).onAny(listener);
  }

  /** Calls `listener` with every comment. */
  onComment(listener: (text: string) => void): () => void {
    return streamOf(this).onComment(listener);
  }

  /** Every event, in order. Reading slowly slows the server down; leaving the loop closes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyEvent> {
    return streamOf(this).iterate();
  }

  /** Drops the connection and connects anew at once, resuming. Without effect once closed. */
  reconnect(): void {
    this.#driver?.reconnect();
  }

  /** What the source has been through so far. */
  stats(): SourceStats {
    return this.#driver?.stats() ?? new Counters().read(undefined);
  }

  close(): void {
    this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #close(): void {
    if (streamOf(this).isClosed) return;
    this.#driver?.close();
    this.#end(undefined);
  }

  #end(problem?: EventSourceError, end?: End): void {
    this.#heedless?.();
    streamOf(this).end(problem, end);
  }
}

// They are on the prototype by what follows.
export interface EventSource {
  onopen: Handler;
  onmessage: Handler;
  onerror: Handler;
}

const { prototype } = EventSource;
for (const type of ["open", "message", "error"]) {
  Object.defineProperty(prototype, `on${type}`, {
    get(this: EventSource) {
      return streamOf(this).handler(type);
    },
    set(this: EventSource, handler: unknown) {
      streamOf(this).setHandler(type, handler);
    },
    configurable: true,
  });
}
// Chromium's Observables are served from the platform's own list of listeners.
const { when } = Target.prototype as { when?: (type: string, options?: object) => unknown };
if (when) {
  const value = function (this: EventSource, type: string, options?: object) {
    streamOf(this).observe(`${type}`);
    return when.call(this, type, options);
  };
  Object.defineProperty(prototype, "when", { value, configurable: true, writable: true });
}
replaceable(prototype, "state", "retryIn", "lastEventId", "response", "sharing");
// As WebIDL has them: constants on the interface and its prototype, members that can be enumerated.
const constants = Object.fromEntries(
  Object.entries({ CONNECTING, OPEN, CLOSED }).map(([name, value]) => [name, { value, enumerable: true }]),
);
Object.defineProperties(EventSource, {
  ...constants,
  // Libraries look for it before they give a `fetch` of their own.
  [Symbol.for("eventsource.supports-fetch-override")]: { value: true },
});
Object.defineProperties(prototype, constants);
for (const name of ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close"]) {
  Object.defineProperty(prototype, name, { enumerable: true });
}
