// Many channels over one connection.

import { now, soon, Target } from "./platform.js";
import { onAbort } from "./abort.js";
import { Channel, type ChannelOptions, type Subscriber } from "./channel.js";
import { refuse } from "./check.js";
import { Connections, type Host, type MuxState } from "./connections.js";
import { type Core, Output } from "./core.js";
import { SLICE } from "./driver.js";
import { EventSourceErrorEvent } from "./error-event.js";
import { loadCore } from "./load.js";
import { MuxCore, MuxError, MuxRecord } from "./mux-core.js";
import { channelFailed, protocolBroken } from "./mux-problem.js";
import type { Options } from "./options.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import { type Arguments, type EventSourceError, eventTooLarge, noContent, toldProblem, wasmFailed } from "./problem.js";
import { present, replaceable } from "./receiver.js";
import { checkOptions, resolve, settle, type Settings, shown } from "./settings.js";
import { type MuxBehind, shareMux, type Sharing } from "./share.js";

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

/** Where records come from, and what those before have said of those behind. */
interface Origin {
  /** Whose the next events are; without one, an event that was too large may have been anybody's. */
  channel: Entry | undefined;
  told: Arguments;
}

/** The states of the connection for all tabs. */
const STATES: { [output: number]: MuxState } = {
  [Output.Nothing]: "idle",
  [Output.Connecting]: "connecting",
  [Output.Open]: "open",
  [Output.Waiting]: "waiting",
  [Output.Paused]: "paused",
};

/** The options of a source that a multiplexer's protocol sees to. */
const DECIDED = [
  ...(["method", "body", "idempotent", "end", "resume", "request"] as const),
  ...(["until", "follows", "replays", "deliverUnfinished"] as const),
];

/** What goes into the `event` field before a space, and is not the protocol's own. */
const NAME = /^[^@ \p{Cc}][^ \p{Cc}]*$/u;

export class Mux extends Target {
  readonly #url: string;
  readonly #settings: Settings;
  readonly #options: Options;
  #behind: MuxBehind | undefined;
  #sharing: Sharing | undefined;
  /** What is known here of the failure of the connection for all tabs. */
  #known: EventSourceError | undefined;
  #state: MuxState = "idle";
  #origin = "";
  #lastEventId: string;
  /** By name; one whose last subscriber has gone is there until the core knows. */
  readonly #entries = new Map<string, Entry>();
  /** By the core's number. */
  readonly #channels = new Map<number, Entry>();
  /** Those of which the core has to be told something. */
  readonly #changed = new Set<Entry>();
  #isTouched = false;

  // What comes over the connections, in the order in which it came.
  readonly #pieces: Piece[] = [];
  #delivering: Promise<void> | undefined;
  /** When the platform last had a turn. */
  #slice = 0;
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #own: Origin = { channel: undefined, told: [] };
  readonly #takers: Takers = this.#takersOf(this.#own);
  /** Takes back what the option `signal` was told. */
  #heedless: (() => void) | undefined;

  static {
    const fields = (mux: Mux) => {
      const channels = [...mux.#channels.values()].map(({ name }) => name);
      const sharing = mux.#sharing;
      return { url: shown(mux.#url), state: mux.#state, lastEventId: mux.#lastEventId, channels, ...(sharing && { sharing }) };
    };
    present(this, "Mux", fields);
  }

  constructor(url: string | URL, options: Options = {}) {
    const resolved = resolve(`${url}`);
    checkOptions(options);
    super();
    for (const option of DECIDED) {
      if (options[option] != null) refuse(option, "the protocol decides it");
    }
    if (options.transport === "native") refuse("transport", "a multiplexer reads by fetch");
    const { shared, signal } = options;
    // It stands in for nothing: there is no reason to give up at a 503.
    const retry = options.retry ?? {};
    this.#settings = settle(resolved, { ...options, retry, transport: "fetch" });
    this.#url = resolved.href;
    this.#options = options;
    const { lastEventId } = this.#settings;
    this.#lastEventId = lastEventId;
    this.#position = { id: lastEventId };
    if (signal?.aborted) {
      this.#state = "closed";
      return;
    }
    const join = shared === undefined ? undefined : this.#share(shared);
    if (signal) this.#heedless = onAbort(signal, () => this.#end(undefined));
    const told = (reason: Error) => {
      if (this.#state !== "closed") this.#dispatch(new EventSourceErrorEvent(wasmFailed(reason)));
    };
    loadCore(join ? 2 : 1, told).then(
      (core) => this.#start(core, join?.(core)),
      (reason: unknown) => this.#end(wasmFailed(reason)),
    );
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#settings.credentials === "include";
  }

  /** That of the connection; without a channel there is none, and it is `idle`. */
  get state(): MuxState {
    return this.#state;
  }

  /** The position: what is kept over a reload. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** With whom the connection is shared, if it was asked for. */
  get sharing(): Sharing | undefined {
    return this.#sharing;
  }

  /** A channel. Whoever asks for the same name has one of its own to close; the last one gives it up. */
  channel(name: string, options: ChannelOptions = {}): Channel {
    if (typeof name !== "string" || !NAME.test(name)) {
      throw new TypeError(`\`${name}\` can't be a channel: a name is not empty, has no space and no control character, and does not begin with \`@\``);
    }
    const after = options.lastEventId ?? "";
    if (after && this.#sharing) {
      throw new TypeError("the option `lastEventId` is not usable: a channel of a shared connection begins now");
    }
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
    const channel = new Channel(name, { ...defined({ json, bytes, schemas }), ...options }, (subscriber) => {
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
    this.#behind?.reconnect();
  }

  /** Closes for good, and every channel with it. No event follows. */
  close(): void {
    this.#end(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
  }

  #end(problem: EventSourceError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#heedless?.();
    this.#behind?.close();
    const subscribers = [...this.#entries.values()].flatMap(released);
    this.#entries.clear();
    this.#channels.clear();
    for (const subscriber of subscribers) subscriber.end(problem);
    if (problem) this.#dispatch(new EventSourceErrorEvent(problem));
    this.#dispatch(new Event("statechange"));
  }

  /** Not by a method that a user's class may have replaced. */
  #dispatch(event: Event): void {
    EventTarget.prototype.dispatchEvent.call(this, event);
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
    soon(() => {
      this.#isTouched = false;
      this.#flush();
    });
  }

  #flush(): void {
    const behind = this.#behind;
    if (!behind || this.#state === "closed") return;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const entry of changed) if (!entry.subscribers.length) this.#giveUp(behind, entry);
    for (const entry of changed) if (entry.subscribers.length) this.#askFor(behind, entry);
    behind.flush();
  }

  #giveUp(behind: MuxBehind, entry: Entry): void {
    const { name, number } = entry;
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    if (!this.#channels.delete(number)) return;
    behind.unsubscribe(name, number);
  }

  #askFor(behind: MuxBehind, entry: Entry): void {
    if (!entry.number) {
      entry.number = behind.subscribe(entry.name, entry.after);
      this.#channels.set(entry.number, entry);
    } else if (entry.isInForce && this.#state === "open") {
      // For those who have come since.
      for (const subscriber of entry.subscribers) subscriber.state("open", this.#origin);
    }
  }

  // The connection

  #start(core: Core, shared: MuxBehind | undefined): void {
    const settings = this.#settings;
    if (this.#state === "closed") {
      shared?.close();
      return;
    }
    this.#behind = shared ?? new Connections(new MuxCore(core, settings), settings, this.#host());
    this.#flush();
  }

  /** What is told of connections of its own. */
  #host(): Host {
    const delivering = () => this.#delivering;
    return {
      flush: () => this.#flush(),
      become: (state, origin, problem) => this.#become(state, origin, problem),
      closed: (problem) => this.#end(problem),
      deliver: (records, text) => this.#deliver(records, text),
      get delivering() {
        return delivering();
      },
    };
  }

  #share(scope: string) {
    const listener = {
      takers: this.#takersOf({ channel: undefined, told: [] }),
      know: (problem: EventSourceError) => (this.#known = problem),
      deliver: (records: Int32Array, text: string) => this.#deliver(records, text),
    };
    return shareMux(this.#settings, listener, scope, (sharing) => {
      const before = this.#sharing;
      if (before?.role === sharing.role && before.tabs === sharing.tabs) return;
      this.#sharing = sharing;
      this.#dispatch(new Event("sharingchange"));
    });
  }

  /** Follows the connection for all tabs. */
  #follow(output: number, problem: EventSourceError | undefined): void {
    const state = STATES[output];
    if (!state) {
      // Without a reason it is the server's: status 204.
      this.#end(problem ?? this.#known ?? noContent());
      return;
    }
    if (state !== "open") for (const entry of this.#channels.values()) entry.isInForce = false;
    // Each tab that comes to lead says it anew.
    if (problem || state !== this.#state) this.#become(state, this.#settings.url.origin, problem);
  }

  #become(state: MuxState, origin: string, problem?: EventSourceError): void {
    if (this.#state === "closed") return;
    this.#origin = origin;
    this.#state = state;
    if (state === "open") this.#dispatch(new Event("open"));
    if (problem) this.#dispatch(new EventSourceErrorEvent(problem));
    this.#dispatch(new Event("statechange"));
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
    this.#slice = now();
    for (let piece; (piece = this.#pieces.shift()); ) {
      this.#own.channel = undefined;
      const delivered = piece.deliver();
      if (delivered) await delivered;
    }
    this.#delivering = undefined;
  }

  /** Gives the platform a turn, if it is time. */
  #turn(): Promise<void> | undefined {
    if (now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = now();
    });
  }

  #takersOf(origin: Origin): Takers {
    return {
      event: (type, data, id) => each(origin.channel, (subscriber) => subscriber.event(type, data, id)),
      comment: () => {},
      tooLarge: () => {
        const meant = origin.channel ? [origin.channel] : [...this.#channels.values()];
        const problem = eventTooLarge(this.#settings.maxEventSize);
        let held: Held;
        for (const entry of meant) held = each(entry, (subscriber) => subscriber.problem(problem)) ?? held;
        return held;
      },
      turn: () => this.#turn(),
      told: (kind, number, text) => this.#told(origin, kind, number, text),
    };
  }

  #told(origin: Origin, kind: number, number: number, text: string): void {
    if (this.#state === "closed") return;
    const entry = this.#channels.get(number);
    switch (kind) {
      case MuxRecord.Channel:
        // Given up, if it is not there: then these are nobody's.
        origin.channel = number ? (entry ?? NOBODY) : undefined;
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
        origin.told.push([number, text]);
        break;
      case MuxRecord.End: {
        const problem = takeProblem(origin);
        if (entry) this.#leave(entry, problem);
        break;
      }
      case MuxRecord.Position:
        this.#lastEventId = text;
        break;
      case MuxRecord.Failed:
        this.#dispatch(new EventSourceErrorEvent(takeProblem(origin)!));
        break;
      case MuxRecord.State: {
        const problem = takeProblem(origin, this.#known);
        if (problem) this.#known = undefined;
        this.#follow(number, problem);
      }
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
}

/** The error of which the records before have told. */
function takeProblem(origin: Origin, known?: EventSourceError): EventSourceError | undefined {
  const { told } = origin;
  origin.told = [];
  const [first, second, third] = told;
  if (first?.[0] === MuxError.Channel) return channelFailed(first[1], second![1], third![1]);
  if (first?.[0] === MuxError.Protocol) return protocolBroken(first[1], second![1], third![1]);
  return toldProblem(told, known);
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


replaceable(Mux.prototype, "url", "withCredentials", "state", "lastEventId", "sharing");
