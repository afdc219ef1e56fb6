// The receiving half of an `EventSource` or of a channel of a `Mux`: listeners, handlers and iteration. The two differ
// in where their events come from.

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

/** Decoding options, and the last event ID to start from. */
interface Given {
  lastEventId?: string;
  json?: boolean;
  bytes?: boolean | readonly string[];
  schemas?: Schemas;
}

/** The end of a stream that a server has ended for good. */
export interface End {
  reason: "body" | "no-content" | "until";
  unfinished: Unfinished | undefined;
}

/** The answer, where the transport shows it. */
export interface Answered {
  status: number;
  headers: Headers;
  url: string;
}

export type Resumed = "no" | "asked" | "confirmed";

/** The source or channel that the stream is part of. */
interface Owner {
  /** Closes the owner, because a loop was left. */
  close(): void;
  /** Called when a type gets its first listener. */
  listening(type: string): void;
  /** Called when a listener wants every event, or comments. Throws where the transport can't show them. */
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
  /** Types that have had a listener. */
  readonly types = new Set<string>();
  /** Types observed through the platform's `when()`, which is served from the platform's own list alone. */
  readonly #observed = new Set<string>();
  /** A message becomes a DOM event only if one of these listeners, or an observer, wants its type. */
  readonly #listeners: Listeners;
  /** Replaced, never mutated, so that a loop over the array isn't disturbed. */
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

  // Called by the user

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
    // One function may be added twice, so removal compares wrappers.
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

  /** Sets a handler as HTML does: the first takes its place among the listeners, and later ones keep it. */
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

  // Called by the connection

  /** Dispatches by the platform's own method, because the target's may be overridden by the user. */
  dispatch(event: Event): void {
    EventTarget.prototype.dispatchEvent.call(this.#target, event);
  }

  change(state: State, event?: Event): void {
    this.#state = state;
    if (event) this.dispatch(event);
    // A listener may have changed the state again.
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

  /** Ends the stream: by an error, by the server's end, or, without either, because the user closed it. */
  end(problem?: EventSourceError, end?: End): void {
    const iterations = this.#iterations;
    // An error that closes a source must not go unseen: browsers, too, log one that has no listener.
    if (problem && !end && !iterations.length && !this.types.has("error")) console.error(problem);
    this.#iterations = [];
    this.#state = "closed";
    // A loop completes without an error if the server ended the stream.
    for (const iteration of iterations) iteration.end(end ? undefined : problem);
    if (end && this.types.has("end")) this.dispatch(Object.assign(new Event("end"), end));
    this.change("closed", problem && new EventSourceErrorEvent(problem));
  }

  gap(): void {
    this.#gap = true;
    if (this.types.has("gap")) this.dispatch(new Event("gap"));
  }

  /** Reports an event that can't be delivered. Returns what the next event has to wait for. */
  fail(problem: EventSourceError): Held {
    // A loop hears of no errors but the last, so the next event tells it that one is missing.
    this.#gap = true;
    this.dispatch(new EventSourceErrorEvent(problem));
    return TICK;
  }

  comment(text: string): void {
    for (const { listener } of this.#comments) call(listener, text);
  }

  /** Hands an event to the listeners that want it. Returns what the next event has to wait for. */
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
      // Indexed loops, because iterators are slow in Firefox.
      const all = this.#any;
      for (let place = 0; place < all.length; place++) call(all[place]!.listener, event);
      const readers = this.#iterations;
      for (let place = 0; place < readers.length; place++) held = readers[place]!.push(event) ?? held;
    }
    this.#gap = false;
    if (dom && !this.isClosed) {
      const origin = this.#origin;
      const listeners = this.#listeners.of(type);
      // Listeners wrapped by a library (zone.js in Angular) and observers of `when()` only see events that the platform
      // dispatches.
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
