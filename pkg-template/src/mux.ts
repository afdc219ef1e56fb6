// Many channels over one connection.

import { closeWith } from "./abort.js";
import { Channel, type ChannelOptions, type Subscriber } from "./channel.js";
import type { Core } from "./core.js";
import { Driver, type Listener, type Owner, SLICE } from "./driver.js";
import { excerpt } from "./excerpt.js";
import { loadCore } from "./load.js";
import { MuxCore, MuxError, MuxOutput, MuxRecord } from "./mux-core.js";
import { channelFailed, protocolBroken } from "./mux-problem.js";
import type { Options } from "./options.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import { EventSourceError, eventTooLarge, problemOf, wasmFailed } from "./problem.js";
import { type Planned, send } from "./request.js";
import { refuse, resolve, settle, type Settings } from "./settings.js";
import { EventSourceErrorEvent, type State } from "./stream.js";
import { turn } from "./turn.js";

/** A channel of the set, and those on the page who have asked for it. */
interface Entry {
  name: string;
  /** The ID behind which it begins. */
  after: string;
  /** The core's, once it knows the channel. */
  number: number;
  isInForce: boolean;
  /** Replaced, never changed: whoever goes through them is not disturbed. */
  subscribers: readonly Subscriber[];
}

/** The longest time a timer takes. A longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How long a control request may take, in milliseconds: so long the core waits for it. */
const CONTROL_TIMEOUT = 10_000;

/** What goes into the `event` field before a space, and is not the protocol's own. */
const NAME = /^[^@ \p{Cc}][^ \p{Cc}]*$/u;

export class Mux extends EventTarget {
  readonly #settings: Settings;
  readonly #options: Options;
  #core: MuxCore | undefined;
  #state: State | "idle" = "idle";
  #origin = "";
  #lastEventId: string;
  /** By name; one whose last subscriber has gone is there until the core knows. */
  readonly #entries = new Map<string, Entry>();
  /** By the core's number. */
  readonly #channels = new Map<number, Entry>();
  /** Those of which the core has to be told something. */
  readonly #changed = new Set<Entry>();
  /** By the numbers of their sources. */
  readonly #drivers = new Map<number, Driver>();
  #isTouched = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Aborts the requests that change the set. */
  /** What ends the control requests that are under way. */
  readonly #controls = new Set<AbortController>();
  /** Why the last source was closed. */
  #problem: EventSourceError | undefined;

  // What comes over the connections, in the order in which it came.
  readonly #pieces: Piece[] = [];
  #delivering: Promise<void> | undefined;
  /** When the platform last had a turn. */
  #slice = 0;
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #takers: Takers;
  /** Whose the next events are; without one, an event that was too large may have been anybody's. */
  #channel: Entry | undefined;
  #arguments: [number: number, text: string][] = [];
  /** Takes back what the option `signal` was told. */
  readonly #heedless: (() => void) | undefined;

  constructor(url: string | URL, options: Options = {}) {
    super();
    for (const option of ["method", "body"] as const) {
      if (options[option] != null) refuse(option, "the protocol decides it");
    }
    if (options.transport === "native") refuse("transport", "a multiplexer reads by fetch");
    if (options.shared !== undefined) refuse("shared", "a multiplexer does not share its connection");
    // It stands in for nothing: there is no reason to give up at a 503.
    const retry = options.retry ?? {};
    this.#settings = settle(resolve(`${url}`), !!options.withCredentials, { ...options, retry });
    this.#options = options;
    const { lastEventId, maxEventSize } = this.#settings;
    this.#lastEventId = lastEventId;
    this.#position = { id: lastEventId };
    this.#takers = {
      event: (type, data, id) => each(this.#channel, (subscriber) => subscriber.event(type, data, id)),
      comment: () => {},
      tooLarge: () => {
        const meant = this.#channel ? [this.#channel] : [...this.#channels.values()];
        const problem = eventTooLarge(maxEventSize);
        let held: Held;
        for (const entry of meant) held = each(entry, (subscriber) => subscriber.problem(problem)) ?? held;
        return held;
      },
      turn: () => this.#turn(),
      told: (kind, number, text) => this.#told(kind, number, text),
    };
    this.#heedless = closeWith(options.signal, () => this.close());
    loadCore(1).then(
      (core) => this.#start(core),
      (reason: unknown) => this.#end(wasmFailed(reason)),
    );
  }

  get url(): string {
    return this.#settings.url.href;
  }

  get withCredentials(): boolean {
    return this.#settings.credentials === "include";
  }

  /** That of the connection; without a channel there is none, and it is `idle`. */
  get state(): State | "idle" {
    return this.#state;
  }

  /** The position: what is kept over a reload. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** A channel. Whoever asks for the same name has one of its own to close; the last one gives it up. */
  channel(name: string, options: ChannelOptions = {}): Channel {
    if (!NAME.test(name)) {
      throw new TypeError(`\`${name}\` can't be a channel: a name is not empty, has no space and no control character, and does not begin with \`@\``);
    }
    const after = options.lastEventId ?? "";
    let entry = this.#entries.get(name);
    if (after && entry?.subscribers.length) {
      throw new TypeError(`the option \`lastEventId\` is not usable: \`${name}\` is subscribed to, and goes on from where it is`);
    }
    if (!entry || after) {
      entry = { name, after, number: 0, isInForce: false, subscribers: [] };
      this.#entries.set(name, entry);
    }
    const own = entry;
    const { json, schemas } = this.#options;
    const channel = new Channel(name, { ...defined({ json, schemas }), ...options }, (subscriber) => {
      own.subscribers = [...own.subscribers, subscriber];
      this.#change(own);
      return () => {
        own.subscribers = own.subscribers.filter((other) => other !== subscriber);
        this.#change(own);
      };
    });
    if (this.#state === "closed") channel.close();
    return channel;
  }

  /** Drops the connection and connects anew at once, resuming. Without effect once closed. */
  reconnect(): void {
    for (const driver of [...this.#drivers.values()]) driver.reconnect();
  }

  /** Closes for good, and every channel with it. No event follows. */
  close(): void {
    this.#end(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #end(problem: EventSourceError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#heedless?.();
    clearTimeout(this.#timer);
    for (const stop of this.#controls) stop.abort();
    for (const driver of this.#drivers.values()) driver.close();
    this.#drivers.clear();
    this.#core?.forget();
    const subscribers = [...this.#entries.values()].flatMap(released);
    this.#entries.clear();
    this.#channels.clear();
    for (const subscriber of subscribers) subscriber.end(problem);
    if (problem) this.dispatchEvent(new EventSourceErrorEvent(problem));
    this.dispatchEvent(new Event("statechange"));
  }

  // The set

  #change(entry: Entry): void {
    this.#changed.add(entry);
    this.#touch();
  }

  /** What is changed by the code that runs now is one change. */
  #touch(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    queueMicrotask(() => {
      this.#isTouched = false;
      this.#flush();
    });
  }

  #start(core: Core): void {
    if (this.#state === "closed") return;
    this.#core = new MuxCore(core, this.#settings);
    this.#flush();
  }

  #flush(): void {
    const core = this.#core;
    if (!core || this.#state === "closed") return;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const entry of changed) if (!entry.subscribers.length) this.#giveUp(core, entry);
    for (const entry of changed) if (entry.subscribers.length) this.#askFor(core, entry);
    core.flush();
    this.#settle(core);
  }

  #giveUp(core: MuxCore, entry: Entry): void {
    const { name, number } = entry;
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    if (!this.#channels.delete(number)) return;
    core.unsubscribe(name, number);
  }

  #askFor(core: MuxCore, entry: Entry): void {
    if (!entry.number) {
      entry.number = core.subscribe(entry.name, entry.after);
      this.#channels.set(entry.number, entry);
    } else if (entry.isInForce && this.#state === "open") {
      // For those who have come since.
      for (const subscriber of entry.subscribers) subscriber.state("open", this.#origin);
    }
  }

  // The core

  /** Does what the core wants done. */
  #settle(core: MuxCore): void {
    for (let output; this.#state !== "closed" && (output = core.poll()); ) this.#perform(core, output);
    if (this.#state === "closed") return;
    void this.#deliver(...core.tell());
    clearTimeout(this.#timer);
    const wait = core.timeout();
    if (wait >= 0) this.#timer = setTimeout(() => this.#flush(), Math.min(Math.ceil(wait), LONGEST_TIMER));
  }

  #perform(core: MuxCore, output: MuxOutput): void {
    const source = core.core.word(3);
    switch (output) {
      case MuxOutput.Open:
        this.#open(core, source);
        break;
      case MuxOutput.Close:
        this.#drivers.get(source)?.close();
        this.#drivers.delete(source);
        if (!this.#drivers.size) this.#become("idle");
        break;
      case MuxOutput.Control:
        void this.#send(core, core.request(), core.core.word(6), !!core.core.word(7));
        break;
      case MuxOutput.Schedule:
        this.#drivers.get(source)?.reschedule();
        break;
      case MuxOutput.Closed:
        this.#end(this.#problem);
    }
  }

  #open(core: MuxCore, source: number): void {
    const driver = new Driver(this.#settings, this.#listener(core, source), this.#owner(core, source));
    // Who has heard that it connects may have closed everything.
    if (this.#state === "closed") driver.close();
    else this.#drivers.set(source, driver);
  }

  /** Sends a request that changes the set. */
  async #send(core: MuxCore, planned: Planned, number: number, unauthorized: boolean): Promise<void> {
    const attempt = { number: 1, native: false, resume: 0, id: "", unauthorized };
    let [status, body] = [0, ""];
    // The core has given it up by then, and a connection is one of six.
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), CONTROL_TIMEOUT);
    this.#controls.add(stop);
    try {
      const response = await send(this.#settings, attempt, stop.signal, () => planned, false);
      body = await excerpt(response);
      status = response.status;
    } catch {
      // The core tries again.
    }
    clearTimeout(timer);
    this.#controls.delete(stop);
    if (this.#state === "closed") return;
    core.answer(number, status, body);
    this.#touch();
  }

  // The connections

  #owner(core: MuxCore, source: number): Owner {
    const delivering = () => this.#delivering;
    return {
      core: core.core,
      source,
      request: () => core.requestOf(source),
      deliver: (records, text) => {
        this.#touch();
        return this.#deliver(records, text);
      },
      get delivering() {
        return delivering();
      },
    };
  }

  #listener(core: MuxCore, source: number): Listener {
    const become = (state: State, problem?: EventSourceError) => {
      this.#touch();
      // The page sees the connection in use, not the one that is to replace it.
      if (core.isInUse(source)) this.#become(state, problem);
    };
    return {
      connecting: () => become("connecting"),
      open: (origin) => {
        this.#origin = origin;
        become("open");
      },
      waiting: (problem) => become("waiting", problem),
      paused: () => become("paused"),
      closed: (problem) => {
        this.#drivers.delete(source);
        this.#problem = problem;
        this.#touch();
      },
      gap: () => this.#touch(),
      // Events go through `deliver`.
      problem: () => undefined,
      comment: () => {},
      event: () => undefined,
      types: () => [],
    };
  }

  #become(state: State | "idle", problem?: EventSourceError): void {
    if (this.#state === "closed") return;
    this.#state = state;
    if (state === "open") this.dispatchEvent(new Event("open"));
    if (problem) this.dispatchEvent(new EventSourceErrorEvent(problem));
    this.dispatchEvent(new Event("statechange"));
    for (const entry of [...this.#channels.values()]) {
      const seen = state === "idle" || (state === "open" && !entry.isInForce) ? "connecting" : state;
      // A listener may have changed it again.
      if (this.#state === state) for (const subscriber of entry.subscribers) subscriber.state(seen, this.#origin, problem);
    }
  }

  // Delivery

  /** Has the records delivered behind those before. */
  #deliver(records: Int32Array, text: string): Promise<void> | undefined {
    if (!records.length) return this.#delivering;
    this.#pieces.push(new Piece(records, text, this.#types, this.#position, this.#takers));
    this.#delivering ??= Promise.resolve().then(() => this.#drain());
    return this.#delivering;
  }

  async #drain(): Promise<void> {
    this.#slice = performance.now();
    for (let piece; (piece = this.#pieces.shift()); ) {
      this.#channel = undefined;
      const delivered = piece.deliver();
      if (delivered) await delivered;
    }
    this.#delivering = undefined;
  }

  /** Gives the platform a turn, if it is time. */
  #turn(): Promise<void> | undefined {
    if (performance.now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = performance.now();
    });
  }

  #told(kind: number, number: number, text: string): void {
    if (this.#state === "closed") return;
    const entry = this.#channels.get(number);
    switch (kind) {
      case MuxRecord.Channel:
        // Given up, if it is not there: then these are nobody's.
        this.#channel = number ? (entry ?? NOBODY) : undefined;
        break;
      case MuxRecord.InForce:
        if (entry) this.#isInForce(entry, true);
        break;
      case MuxRecord.NotInForce:
        if (entry) this.#isInForce(entry, false);
        break;
      case MuxRecord.Gap:
        for (const subscriber of entry?.subscribers ?? []) subscriber.gap();
        break;
      case MuxRecord.Argument:
        this.#arguments.push([number, text]);
        break;
      case MuxRecord.End: {
        const problem = this.#takeProblem();
        if (entry) this.#leave(entry, problem);
        break;
      }
      case MuxRecord.Position:
        this.#lastEventId = text;
        break;
      case MuxRecord.Failed:
        this.dispatchEvent(new EventSourceErrorEvent(this.#takeProblem()!));
    }
  }

  #isInForce(entry: Entry, yes: boolean): void {
    entry.isInForce = yes;
    if (this.#state !== "open") return;
    for (const subscriber of entry.subscribers) subscriber.state(yes ? "open" : "connecting", this.#origin);
  }

  /** The server has ended a channel. */
  #leave(entry: Entry, problem: EventSourceError | undefined): void {
    this.#channels.delete(entry.number);
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
    for (const subscriber of released(entry)) {
      if (problem) subscriber.end(problem);
      else subscriber.complete();
    }
  }

  #takeProblem(): EventSourceError | undefined {
    const [first, second, third] = this.#arguments;
    this.#arguments = [];
    if (!first || !second) return undefined;
    const [code, text] = first;
    if (code === MuxError.Channel) return channelFailed(text, second[1], third![1]);
    if (code === MuxError.Protocol) return protocolBroken(text, second[1], third![1]);
    return problemOf(code, second[0], { excerpt: text });
  }
}

const NOBODY: Entry = { name: "", after: "", number: 0, isInForce: false, subscribers: [] };

/** Those who have asked for a channel that is over. */
function released(entry: Entry): readonly Subscriber[] {
  const { subscribers } = entry;
  entry.subscribers = [];
  return subscribers;
}

/** Tells all of them, and returns what has to be waited for. */
function each(entry: Entry | undefined, tell: (subscriber: Subscriber) => Held): Held {
  let all: Held;
  for (const subscriber of entry?.subscribers ?? []) {
    const held = tell(subscriber);
    if (held === undefined) continue;
    all = typeof all === "object" && typeof held === "object" ? Promise.all([all, held]) : typeof all === "object" ? all : held;
  }
  return all;
}

/** Without the members that are undefined, which would stand in the way of others. */
function defined<T extends object>(options: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

Object.defineProperty(Mux, "name", { value: "Mux", configurable: true });
