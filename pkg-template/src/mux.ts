// The multiplexer: many channels over one connection.

import { onAbort } from "./abort.js";
import { Channel, type ChannelOptions, type Subscriber } from "./channel.js";
import { check, CHANNEL_RULES, refuse } from "./check.js";
import { channels } from "./controls.js";
import type { Session } from "./core.js";
import { Driver } from "./driver.js";
import type { Listener } from "./listener.js";
import { EventSourceErrorEvent } from "./error-event.js";
import { channelFailed, protocolBroken } from "./mux-problem.js";
import type { Options } from "./options.js";
import type { Held } from "./piece.js";
import { soon, Target } from "./platform.js";
import { type Arguments, type EventSourceError, noContent, toldProblem } from "./problem.js";
import { present, replaceable } from "./receiver.js";
import { checkOptions, resolve, settle, type Settings } from "./settings.js";
import { share, type Sharing } from "./share.js";
import { shown } from "./show.js";
import { noStats, type SourceStats } from "./stats.js";
import type { State } from "./stream.js";
import { ErrorCode, Input, Record } from "./tables.js";

/** State of a multiplexer's connection; `idle` without channels, since there is no connection then. */
export type MuxState = State | "idle";

export interface MuxStats extends SourceStats {
  channels: number;
  connections: number;
}

/** A channel of the set, and its subscribers on the page. */
interface Entry {
  name: string;
  /** Last event ID after which the channel begins. */
  after: string;
  /** The core's number for the channel, once it knows it; 0 before. */
  number: number;
  isInForce: boolean;
  /** Replaced, never mutated, so that a loop over the array isn't disturbed. */
  subscribers: readonly Subscriber[];
}

/** Source options that are decided by a multiplexer's protocol. */
const DECIDED = [
  ...(["method", "body", "idempotent", "end", "resume", "request"] as const),
  ...(["until", "follows", "replays", "deliverUnfinished"] as const),
];

/** A channel name precedes a space in the `event` field, and is not one of the protocol's own. */
const NAME = /^[^@ \p{Cc}][^ \p{Cc}]*$/u;

export class Mux extends Target {
  readonly #url: string;
  readonly #settings: Settings;
  readonly #options: Options;
  #driver: Driver | undefined;
  #sharing: Sharing | undefined;
  #state: MuxState = "idle";
  #retryIn: number | undefined;
  #origin = "";
  #lastEventId: string;
  /** Entries by name. One without subscribers stays until the core has been told. */
  readonly #entries = new Map<string, Entry>();
  /** Entries by number. No number is reused. */
  readonly #channels = new Map<number, Entry>();
  #numbered = 0;
  /** Channels with changes that the core hasn't been told. */
  readonly #changed = new Set<Entry>();
  #isTouched = false;

  /** Channel of the next events; `NOBODY` if it was given up. */
  #present: Entry | undefined;
  /** Removes the listener from the option `signal`. */
  #heedless: (() => void) | undefined;

  static {
    const fields = (mux: Mux) => {
      const channels = [...mux.#channels.values()].map(({ name }) => name);
      const sharing = mux.#sharing;
      return { url: shown(mux.#url), state: mux.#state, lastEventId: mux.#lastEventId, channels, ...(sharing && { sharing }) };
    };
    present(this, "Mux", fields);
  }

  constructor(url: string | URL, given: Options | null = {}) {
    // In a page, the word `undefined` would be a URL.
    if (url == null) throw new TypeError("Mux needs a URL");
    const resolved = resolve(`${url}`);
    const options = checkOptions(given);
    super();
    for (const option of DECIDED) {
      if (options[option] != null) refuse(option, "the protocol decides it");
    }
    if (options.transport === "native") refuse("transport", "a multiplexer reads by fetch");
    const { shared, signal } = options;
    // A multiplexer replaces no platform class, so it need not give up where one would, as at a 503.
    const retry = options.retry ?? {};
    this.#settings = settle(resolved, { ...options, retry, transport: "fetch" });
    this.#url = resolved.href;
    this.#options = options;
    const { lastEventId } = this.#settings;
    this.#lastEventId = lastEventId;
    if (signal?.aborted) {
      this.#state = "closed";
      return;
    }
    const company = shared === undefined ? undefined : share(this.#settings, shared, true, (sharing) => this.#share(sharing));
    if (signal) this.#heedless = onAbort(signal, () => this.#end(undefined));
    this.#driver = new Driver(this.#settings, this.#listener(), company ?? channels);
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#settings.credentials === "include";
  }

  /** State of the connection; `idle` without channels, since there is no connection then. */
  get state(): MuxState {
    return this.#state;
  }

  /** Milliseconds between the last failure and the next attempt, while the multiplexer waits for it. */
  get retryIn(): number | undefined {
    return this.#retryIn;
  }

  /** Last event ID of the connection, which a page keeps over a reload. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Role of this tab and number of tabs, if sharing was asked for. */
  get sharing(): Sharing | undefined {
    return this.#sharing;
  }

  /** Returns a channel. Each call returns one of its own to close; closing the last of a name unsubscribes. */
  channel(name: string, given: ChannelOptions | null = {}): Channel {
    if (typeof name !== "string" || !NAME.test(name)) {
      throw new TypeError(`\`${name}\` can't be a channel: a name is not empty, has no space and no control character, and does not begin with \`@\``);
    }
    const options = check(given, CHANNEL_RULES);
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
    const { json, bytes, schemas } = this.#options;
    const channel = new Channel(name, { json, bytes, schemas, ...options } as ChannelOptions, (subscriber) => {
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

  /** Drops the connection and reconnects at once, resuming. Has no effect once closed. */
  reconnect(): void {
    this.#driver?.reconnect();
  }

  /** Returns the multiplexer's counters so far. */
  stats(): MuxStats {
    const driver = this.#driver;
    const source = driver?.stats() ?? noStats();
    return { channels: this.#entries.size, connections: driver?.connections ?? 0, ...source };
  }

  /** Closes the multiplexer and every channel for good. No event follows. */
  close(): void {
    this.#end(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
  }

  #end(problem: EventSourceError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#retryIn = undefined;
    this.#heedless?.();
    this.#driver?.close();
    const subscribers = [...this.#entries.values()].flatMap(released);
    this.#entries.clear();
    this.#channels.clear();
    for (const subscriber of subscribers) subscriber.end(problem);
    if (problem) this.#dispatch(new EventSourceErrorEvent(problem));
    this.#dispatch(new Event("statechange"));
  }

  /** Dispatches by the platform's own method, because a user's class may override it. */
  #dispatch(event: Event): void {
    EventTarget.prototype.dispatchEvent.call(this, event);
  }

  // The set

  #change(entry: Entry): void {
    this.#changed.add(entry);
    this.#touch();
  }

  /** Combines the changes made by the code that runs now into one. */
  #touch(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    soon(() => {
      this.#isTouched = false;
      this.#flush();
    });
  }

  #flush(): void {
    // Changes made before the core is loaded are flushed by `started`.
    if (this.#state === "closed" || !this.#driver?.session) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#driver.work((session) => {
      for (const entry of changed) if (!entry.subscribers.length) this.#giveUp(session, entry);
      for (const entry of changed) if (entry.subscribers.length) this.#askFor(session, entry);
      session.handle(Input.Flush);
    });
    for (const { isInForce, subscribers } of changed) {
      // Subscribers added after the channel came into force haven't been told of it.
      if (isInForce && this.#state === "open") for (const subscriber of subscribers) subscriber.state("open", this.#origin);
    }
  }

  #giveUp({ core, id }: Session, entry: Entry): void {
    const { name, number } = entry;
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    if (!this.#channels.delete(number)) return;
    core.write(name);
    core.wasm.unsubscribe(id, number);
  }

  #askFor({ core, id }: Session, entry: Entry): void {
    if (entry.number) return;
    entry.number = this.#numbered += 1;
    this.#channels.set(entry.number, entry);
    const [length] = core.write(entry.after, entry.name);
    core.wasm.subscribe(id, entry.number, length!);
  }

  // The connection

  #listener(): Listener {
    return {
      started: () => this.#flush(),
      connecting: () => this.#become("connecting"),
      open: (origin) => {
        this.#origin = origin;
        this.#become("open");
      },
      waiting: (problem, retryIn) => this.#become("waiting", problem, retryIn),
      paused: () => this.#become("paused"),
      // A server that ends the multiplexer's connection by status 204 gives its channels up.
      closed: (problem, end) => this.#end(problem ?? (end?.reason === "no-content" ? noContent() : undefined)),
      gap: () => {},
      comment: () => {},
      types: () => [],
      event: (type, data, id) => each(this.#present, (subscriber) => subscriber.event(type, data, id)),
      problem: (problem) => {
        if (this.#present) return each(this.#present, (subscriber) => subscriber.problem(problem));
        this.#dispatch(new EventSourceErrorEvent(problem));
        return undefined;
      },
      sharing: (sharing) => this.#share(sharing),
      told: (kind, number, text, told) => this.#told(kind, number, text, told),
    };
  }

  #share(sharing: Sharing): void {
    const before = this.#sharing;
    if (before?.role === sharing.role && before.tabs === sharing.tabs) return;
    this.#sharing = sharing;
    this.#dispatch(new Event("sharingchange"));
  }

  #become(state: MuxState, problem?: EventSourceError, retryIn?: number): void {
    // Each new leader reports the state again.
    if (this.#state === "closed" || (state === this.#state && !problem)) return;
    this.#state = state;
    this.#retryIn = retryIn;
    if (state === "open") this.#dispatch(new Event("open"));
    else for (const entry of this.#channels.values()) entry.isInForce = false;
    if (problem) this.#dispatch(new EventSourceErrorEvent(problem, retryIn));
    this.#dispatch(new Event("statechange"));
    for (const entry of [...this.#channels.values()]) {
      const seen = state === "idle" || (state === "open" && !entry.isInForce) ? "connecting" : state;
      // A listener may have changed the state again.
      if (this.#state === state) for (const subscriber of entry.subscribers) subscriber.state(seen, this.#origin, problem, retryIn);
    }
  }

  #told(kind: number, number: number, text: string, told: Arguments): void {
    const entry = this.#channels.get(number);
    switch (kind) {
      case Record.Channel:
        this.#present = entry ?? NOBODY;
        break;
      case Record.InForce:
        if (entry) this.#isInForce(entry, true);
        break;
      case Record.NotInForce:
        if (entry) this.#isInForce(entry, false);
        break;
      case Record.Gap:
        this.#log(entry, "gap: events may be missing");
        for (const subscriber of entry?.subscribers ?? []) subscriber.gap();
        break;
      case Record.End:
        if (entry) this.#leave(entry, problemOf(told));
        break;
      case Record.Position:
        this.#lastEventId = text;
        break;
      case Record.Broken:
        this.#dispatch(new EventSourceErrorEvent(problemOf(told)!));
        break;
      case Record.State:
        this.#become("idle");
    }
  }

  #log(entry: Entry | undefined, what: string): void {
    if (entry) this.#settings.log?.(`channel \`${entry.name}\`: ${what}`);
  }

  #isInForce(entry: Entry, yes: boolean): void {
    this.#log(entry, yes ? "in force" : "not in force");
    entry.isInForce = yes;
    if (this.#state !== "open") return;
    for (const subscriber of entry.subscribers) subscriber.state(yes ? "open" : "connecting", this.#origin);
  }

  /** Ends a channel that the server has ended. */
  #leave(entry: Entry, problem: EventSourceError | undefined): void {
    this.#log(entry, problem?.message ?? "completed by the server");
    this.#channels.delete(entry.number);
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
    for (const subscriber of released(entry)) {
      if (problem) subscriber.end(problem);
      else subscriber.complete();
    }
  }
}

/** Returns the error that the preceding records describe. */
function problemOf(told: Arguments): EventSourceError | undefined {
  const [first, second, third] = told;
  if (first?.[0] === ErrorCode.Channel) return channelFailed(first[1], second![1], third![1]);
  if (first?.[0] === ErrorCode.Protocol) return protocolBroken(first[1], second![1], third![1]);
  return toldProblem(told);
}

const NOBODY: Entry = { name: "", after: "", number: 0, isInForce: false, subscribers: [] };

/** Removes and returns the subscribers of a channel that is over. */
function released(entry: Entry): readonly Subscriber[] {
  const { subscribers } = entry;
  entry.subscribers = [];
  return subscribers;
}

/** Calls `tell` for each subscriber, and returns what the next event has to wait for. */
function each(entry: Entry | undefined, tell: (subscriber: Subscriber) => Held): Held {
  let all: Held;
  for (const subscriber of entry?.subscribers ?? []) {
    const held = tell(subscriber);
    if (held === undefined) continue;
    all = typeof all === "object" && typeof held === "object" ? Promise.all([all, held]) : typeof all === "object" ? all : held;
  }
  return all;
}

replaceable(Mux.prototype, "url", "withCredentials", "state", "retryIn", "lastEventId", "sharing");
