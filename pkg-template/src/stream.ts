// What receives: listeners, handlers and iteration. An `EventSource` and a channel of a `Mux` have one of these
// each; they differ in where the events come from.

import { decode } from "./decode.js";
import { EventSourceErrorEvent } from "./error-event.js";
import { Iteration } from "./iterate.js";
import { Listeners } from "./listeners.js";
import { Message } from "./message.js";
import type { AnyEvent, Schemas } from "./options.js";
import { arrival, type Held, TICK } from "./piece.js";
import { EventSourceError, report, type Unfinished } from "./problem.js";

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSED = 2;

export type State = "connecting" | "open" | "waiting" | "paused" | "closed";

type Any = (event: AnyEvent) => void;
type Comment = (text: string) => void;
type Handler = ((event: Event) => unknown) | null;

/** What is decoded, and from where on. */
interface Given {
  lastEventId?: string;
  json?: boolean;
  bytes?: boolean | readonly string[];
  schemas?: Schemas;
}

/** How a server has ended the stream for good. */
export interface End {
  reason: "body" | "no-content" | "until";
  unfinished: Unfinished | undefined;
}

/** What is known of the answer, where the transport shows it. */
export interface Answered {
  status: number;
  headers: Headers;
  url: string;
}

export type Resumed = "no" | "asked" | "confirmed";

/** Whom the stream is part of. */
interface Owner {
  /** The stream is to be closed: a loop was left. */
  close(): void;
  /** Somebody listens for a type that nobody has listened for. */
  listening(type: string): void;
  /** Somebody wants every event, or comments. Throws where they can't be had. */
  wantsAll(): void;
}

export class Stream {
  readonly #target: EventTarget;
  readonly #owner: Owner;
  #state: State = "connecting";
  #lastEventId: string;
  #origin = "";
  #gap = false;
  #retryIn: number | undefined;
  readonly #schemas: Schemas | undefined;
  readonly #json: boolean;
  readonly #bytes: boolean | readonly string[];
  #response: (Answered & { resumed: Resumed | undefined }) | undefined;
  /** The types that somebody has listened for. */
  readonly types = new Set<string>();
  /** The types that are observed by the platform's `when()`, which it serves from its own list alone. */
  readonly #observed = new Set<string>();
  /** Only for these DOM events are made of messages. */
  readonly #listeners: Listeners;
  /** Replaced, never changed: whoever goes through them is not disturbed. */
  #any: readonly { readonly listener: Any }[] = [];
  #comments: readonly { readonly listener: Comment }[] = [];
  #iterations: readonly Iteration[] = [];
  readonly #handlers = new Map<string, { handler: Handler; listener: (event: Event) => void }>();

  constructor(target: EventTarget, given: Given, owner: Owner) {
    this.#target = target;
    this.#owner = owner;
    this.#listeners = new Listeners(target);
    this.#lastEventId = given.lastEventId ?? "";
    this.#json = !!given.json;
    this.#bytes = given.bytes ?? false;
    this.#schemas = given.schemas;
  }

  get readyState(): number {
    return this.#state === "open" ? OPEN : this.isClosed ? CLOSED : CONNECTING;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get state(): State {
    return this.#state;
  }

  get retryIn(): number | undefined {
    return this.#state === "waiting" ? this.#retryIn : undefined;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get response(): Answered | undefined {
    return this.#response;
  }

  // What the user asks for

  listen(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void {
    if (this.#listeners.add(type, listener, options)) this.#listening(type);
  }

  unlisten(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void {
    this.#listeners.remove(type, listener, options);
  }

  observe(type: string): void {
    this.#observed.add(type);
    this.#listening(type);
  }

  #listening(type: string): void {
    if (this.types.has(type)) return;
    this.types.add(type);
    this.#owner.listening(type);
  }

  onAny(listener: Any): () => void {
    // The same function may come twice.
    const added = this.#wanted(listener);
    this.#any = [...this.#any, added];
    return () => {
      this.#any = this.#any.filter((other) => other !== added);
    };
  }

  onComment(listener: Comment): () => void {
    const added = this.#wanted(listener);
    this.#comments = [...this.#comments, added];
    return () => {
      this.#comments = this.#comments.filter((other) => other !== added);
    };
  }

  #wanted<T>(listener: T): { listener: T } {
    if (typeof listener !== "function") throw new TypeError("the listener is no function");
    this.#owner.wantsAll();
    return { listener };
  }

  iterate(): Iteration {
    this.#owner.wantsAll();
    const iteration = new Iteration(() => {
      this.#iterations = this.#iterations.filter((other) => other !== iteration);
      this.#owner.close();
    });
    if (this.isClosed) iteration.end(undefined);
    else this.#iterations = [...this.#iterations, iteration];
    return iteration;
  }

  handler(type: string): Handler {
    return this.#handlers.get(type)?.handler ?? null;
  }

  /** As HTML has it: the first handler takes its place among the listeners, and later ones keep it. */
  setHandler(type: string, value: unknown): void {
    const handler = typeof value === "function" || (typeof value === "object" && value) ? (value as Handler) : null;
    const entry = this.#handlers.get(type);
    if (!handler) {
      if (entry) this.unlisten(type, entry.listener);
      this.#handlers.delete(type);
    } else if (entry) {
      entry.handler = handler;
    } else {
      const added = {
        handler,
        listener: (event: Event): void => {
          if (typeof added.handler === "function") added.handler.call(this.#target, event);
        },
      };
      this.#handlers.set(type, added);
      this.listen(type, added.listener);
    }
  }

  // What the connection tells

  /** Has the platform dispatch an event. The target's own method is not called: it may be the user's. */
  dispatch(event: Event): void {
    EventTarget.prototype.dispatchEvent.call(this.#target, event);
  }

  change(state: State, event?: Event): void {
    this.#state = state;
    if (event) this.dispatch(event);
    // A listener may have changed it again.
    if (this.types.has("statechange") && this.#state === state) this.dispatch(new Event("statechange"));
  }

  wait(problem: EventSourceError, retryIn: number | undefined): void {
    this.#retryIn = retryIn;
    this.change("waiting", new EventSourceErrorEvent(problem, retryIn));
  }

  open(origin: string, answered?: Answered, resumed?: Resumed): void {
    this.#origin = origin;
    this.#response = answered && { ...answered, resumed };
    this.change("open", Object.assign(new Event("open"), answered, { resumed }));
  }

  /** Over: by an error, by the server's end, or by nobody's but the user's will. */
  end(problem?: EventSourceError, end?: End): void {
    const iterations = this.#iterations;
    // As browsers do where nobody listens: what closes a source is not to go by unseen.
    if (problem && !end && !iterations.length && !this.types.has("error")) console.error(problem);
    this.#iterations = [];
    this.#state = "closed";
    // Where the server has ended the stream, a loop is complete.
    for (const iteration of iterations) iteration.end(end ? undefined : problem);
    if (end && this.types.has("end")) this.dispatch(Object.assign(new Event("end"), end));
    this.change("closed", problem && new EventSourceErrorEvent(problem));
  }

  gap(): void {
    this.#gap = true;
    if (this.types.has("gap")) this.dispatch(new Event("gap"));
  }

  /** Tells of an event that can't be had. Returns what has to be waited for before the next. */
  fail(problem: EventSourceError): Held {
    this.dispatch(new EventSourceErrorEvent(problem));
    return TICK;
  }

  comment(text: string): void {
    for (const { listener } of this.#comments) call(listener, text);
  }

  /** Hands an event to those who want it. Returns what has to be waited for before the next. */
  receive(type: string, text: string, lastEventId: string): Held {
    this.#lastEventId = lastEventId;
    const dom = this.#listeners.has(type) || this.#observed.has(type);
    const plain = this.#any.length > 0 || this.#iterations.length > 0;
    if (!dom && !plain) return undefined;
    if (!this.#json && !this.#bytes && !this.#schemas) return this.#deliver(type, text, lastEventId, dom, plain, arrival.time);
    return this.#decode(type, text, lastEventId, dom, plain);
  }

  #decode(type: string, text: string, lastEventId: string, dom: boolean, plain: boolean): Held {
    const bytes = typeof this.#bytes === "boolean" ? this.#bytes : this.#bytes.includes(type);
    const decoded = decode(type, text, this.#json, bytes, this.#schemas);
    const { time } = arrival;
    const deliver = (value: unknown) => {
      if (this.isClosed) return undefined;
      if (value instanceof EventSourceError) return this.fail(value);
      return this.#deliver(type, value, lastEventId, dom, plain, time);
    };
    if (!(decoded instanceof Promise)) return deliver(decoded);
    return decoded.then(deliver).then((held) => (held === TICK ? undefined : held));
  }

  #deliver(type: string, data: unknown, lastEventId: string, dom: boolean, plain: boolean, time: number): Held {
    let held: Held;
    if (plain) {
      const event: AnyEvent = { type, data, lastEventId };
      if (this.#gap) event.gap = true;
      // By number: Firefox takes its time over iterators.
      const all = this.#any;
      for (let place = 0; place < all.length; place++) call(all[place]!.listener, event);
      const readers = this.#iterations;
      for (let place = 0; place < readers.length; place++) held = readers[place]!.push(event) ?? held;
    }
    this.#gap = false;
    if (dom && !this.isClosed) {
      const origin = this.#origin;
      const listeners = this.#listeners.of(type);
      // Whoever has wrapped the platform's listeners, as zone.js does for Angular, or observes by `when()`, must
      // be part of it.
      if ("Zone" in globalThis || this.#observed.has(type)) {
        this.dispatch(new MessageEvent(type, { data, lastEventId, origin }));
      } else if (listeners) {
        Message.dispatch(new Message(type, this.#target, data, lastEventId, origin, time), listeners);
      }
      held ??= TICK;
    }
    return held;
  }
}

function call<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (failure) {
    report(failure);
  }
}
