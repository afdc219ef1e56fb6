// What receives: listeners, handlers and iteration. An `EventSource` and a channel of a `Mux` are both
// one of these; they differ in where the events come from.

import { Iteration } from "./iterate.js";
import type { AnyEvent, Schemas } from "./options.js";
import { EventSourceError, report } from "./problem.js";
import { decode } from "./decode.js";
import { type Entry, Listeners } from "./listeners.js";
import { Message } from "./message.js";
import { type Held, TICK } from "./piece.js";

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSED = 2;

export type State = "connecting" | "open" | "waiting" | "paused" | "closed";

/** The `error` event that says why. */
export class EventSourceErrorEvent extends Event {
  readonly #error: EventSourceError;
  constructor(error: EventSourceError) {
    super("error");
    this.#error = error;
  }
  get error() {
    return this.#error;
  }
  get code() {
    return this.#error.code;
  }
  get status() {
    return this.#error.status;
  }
  get message() {
    return this.#error.message;
  }
}

type Any = (event: AnyEvent) => void;
type Comment = (text: string) => void;
type Handler = ((event: Event) => unknown) | null;

export abstract class Stream extends EventTarget {
  #readyState = CONNECTING;
  #state: State = "connecting";
  #lastEventId: string;
  #origin = "";
  #gap = false;
  readonly #schemas: Schemas | undefined;
  readonly #json: boolean;
  /** The types that somebody has listened for. */
  readonly #types = new Set<string>();
  /** Only for these DOM events are made of messages. */
  readonly #listeners = new Listeners();
  /** Replaced, never changed: whoever goes through them is not disturbed. */
  #any: readonly { readonly listener: Any }[] = [];
  #comments: readonly Comment[] = [];
  #iterations: readonly Iteration[] = [];
  readonly #handlers = new Map<string, { handler: Handler; listener: (event: Event) => void }>();

  constructor(lastEventId: string, json: boolean, schemas: Schemas | undefined) {
    super();
    this.#lastEventId = lastEventId;
    this.#json = json;
    this.#schemas = schemas;
  }

  /** Closes for good. No event follows. */
  abstract close(): void;

  /** Somebody has come who listens for a type. */
  protected abstract listening(type: string): void;

  get readyState(): number {
    return this.#readyState;
  }

  /** More exactly. */
  get state(): State {
    return this.#state;
  }

  /** The position: of the event delivered last. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    const { signal, ...others } = typeof options === "object" && options ? options : { capture: !!options };
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError("the signal is no AbortSignal");
    if (signal?.aborted) return;
    super.addEventListener(type, listener, others);
    const entry = this.#listeners.add(`${type}`, listener, others);
    // Not left to the platform: Node takes away the same listener where it was removed and added anew.
    if (entry && signal) leaveWith(signal, this, `${type}`, entry);
    this.#hears(`${type}`);
  }

  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener, options);
    this.#listeners.remove(`${type}`, listener, options);
  }

  override dispatchEvent(event: Event): boolean {
    this.#listeners.heard(event?.type);
    return super.dispatchEvent(event);
  }

  #hears(type: string): void {
    if (this.#types.has(type)) return;
    this.#types.add(type);
    this.listening(type);
  }

  /** What a native `EventSource` must listen for. */
  protected types(): Iterable<string> {
    return this.#types;
  }

  /** Calls `listener` with every event of every type, as a plain object. */
  onAny(listener: Any): () => void {
    // The same function may come twice.
    const added = { listener };
    this.#any = [...this.#any, added];
    return () => {
      this.#any = this.#any.filter((other) => other !== added);
    };
  }

  /** Calls `listener` with every comment. */
  onComment(listener: Comment): () => void {
    const added: Comment = (text) => listener(text);
    this.#comments = [...this.#comments, added];
    return () => {
      this.#comments = this.#comments.filter((other) => other !== added);
    };
  }

  /** Every event, in order. Reading slowly slows the server down; leaving the loop closes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyEvent> {
    const iteration = new Iteration(() => {
      this.#iterations = this.#iterations.filter((other) => other !== iteration);
      this.close();
    });
    if (this.#readyState === CLOSED) iteration.end(undefined);
    else this.#iterations = [...this.#iterations, iteration];
    return iteration;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  // Event handler attributes

  protected handler(type: string): Handler {
    return this.#handlers.get(type)?.handler ?? null;
  }

  /** As HTML has it: the first handler takes its place among the listeners, and later ones keep it. */
  protected setHandler(type: string, value: unknown): void {
    const handler = typeof value === "function" || (typeof value === "object" && value) ? (value as Handler) : null;
    const entry = this.#handlers.get(type);
    if (!handler) {
      if (entry) this.removeEventListener(type, entry.listener);
      this.#handlers.delete(type);
    } else if (entry) {
      entry.handler = handler;
    } else {
      const added = {
        handler,
        listener: (event: Event): void => {
          if (typeof added.handler === "function") added.handler.call(this, event);
        },
      };
      this.#handlers.set(type, added);
      this.addEventListener(type, added.listener);
    }
  }

  // What the subclass tells

  protected changed(state: State, event?: Event): void {
    this.#state = state;
    this.#readyState = state === "open" ? OPEN : state === "closed" ? CLOSED : CONNECTING;
    if (event) this.dispatchEvent(event);
    // A listener may have changed it again.
    if (this.#types.has("statechange") && this.#state === state) this.dispatchEvent(new Event("statechange"));
  }

  protected opened(origin: string): void {
    this.#origin = origin;
    this.changed("open", new Event("open"));
  }

  protected ended(problem: EventSourceError | undefined): void {
    const iterations = this.#iterations;
    this.#iterations = [];
    for (const iteration of iterations) iteration.end(problem);
    this.changed("closed", problem && new EventSourceErrorEvent(problem));
  }

  protected gapped(): void {
    this.#gap = true;
    if (this.#types.has("gap")) this.dispatchEvent(new Event("gap"));
  }

  /** Tells of an event that can't be had. Returns what has to be waited for before the next. */
  protected fail(problem: EventSourceError): Held {
    this.dispatchEvent(new EventSourceErrorEvent(problem));
    return TICK;
  }

  protected commented(text: string): void {
    for (const listener of this.#comments) call(listener, text);
  }

  /** Hands an event to those who want it. Returns what has to be waited for before the next. */
  protected received(type: string, text: string, lastEventId: string): Held {
    this.#lastEventId = lastEventId;
    const dom = this.#listeners.has(type);
    const plain = this.#any.length > 0 || this.#iterations.length > 0;
    if (!dom && !plain) return undefined;
    if (!this.#json && !this.#schemas) return this.#dispatch(type, text, lastEventId, dom, plain);
    return this.#decode(type, text, lastEventId, dom, plain);
  }

  #decode(type: string, text: string, lastEventId: string, dom: boolean, plain: boolean): Held {
    const decoded = decode(type, text, this.#json, this.#schemas);
    const dispatch = (value: unknown) => {
      if (this.#readyState === CLOSED) return undefined;
      if (value instanceof EventSourceError) return this.fail(value);
      return this.#dispatch(type, value, lastEventId, dom, plain);
    };
    if (!(decoded instanceof Promise)) return dispatch(decoded);
    return decoded.then(dispatch).then((held) => (held === TICK ? undefined : held));
  }

  #dispatch(
    type: string,
    data: unknown,
    lastEventId: string,
    dom: boolean,
    plain: boolean,
  ): Held {
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
    const listeners = dom && this.#listeners.of(type);
    if (listeners && this.#readyState !== CLOSED) {
      const origin = this.#origin;
      // Who has wrapped the platform's listeners, as zone.js does for Angular, is to be part of it.
      if ("Zone" in globalThis) this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }));
      else Message.dispatch(new Message(type, this, data, lastEventId, origin), listeners);
      held ??= TICK;
    }
    return held;
  }
}

/** A signal that outlives the source, or the listener, is not to keep them. */
function leaveWith(signal: AbortSignal, source: EventTarget, type: string, entry: Entry): void {
  const [target, listened] = [new WeakRef(source), new WeakRef(entry)];
  const leave = () => {
    const known = listened.deref();
    if (known && !known.removed) target.deref()?.removeEventListener(type, known.callback, known.capture);
  };
  signal.addEventListener("abort", leave, { once: true });
}

function call<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (failure) {
    report(failure);
  }
}
