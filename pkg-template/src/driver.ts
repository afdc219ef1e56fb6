// Carries messages between the core and the platform, for one source. It decides nothing.

import { type Body, ChunkReader, discard, PIECE, Unreadable } from "./chunks.js";
import { Answer, Core, Input, Kind, Output } from "./core.js";
import { bodyOf } from "./excerpt.js";
import { loadCore } from "./load.js";
import { openNative, type NativeConnection } from "./native.js";
import { HIDDEN, isBeingLeft, isHidden, watchPage } from "./page.js";
import { now, soon } from "./platform.js";
import { arrival, type Held, Piece, type Position, type Takers } from "./piece.js";
import {
  badAnswer,
  corsRefused,
  type Details,
  EventSourceError,
  eventTooLarge,
  noContent,
  problemOf,
  report,
  type Unfinished,
  wasmFailed,
} from "./problem.js";
import { type Answer as Received, type Attempt, isReachable, NoContinuation, NoHeaders, type Planned, retryAfter, send } from "./request.js";
import type { Settings } from "./settings.js";
import type { Answered, End, Resumed } from "./stream.js";
import { Timer } from "./timer.js";
import { turn } from "./turn.js";

/** Who is told what happens to a source. */
export interface Listener {
  connecting(): void;
  open(origin: string, answered?: Answered, resumed?: Resumed): void;
  waiting(problem: EventSourceError, retryIn: number): void;
  paused(): void;
  closed(problem: EventSourceError | undefined, end?: End): void;
  gap(): void;
  /** Something is wrong with an event; the connection is not. */
  problem(problem: EventSourceError): Held;
  comment(text: string): void;
  /** Returns what has to be waited for before the next. */
  event(type: string, data: string, lastEventId: string): Held;
  /** What a native `EventSource` must listen for. */
  types(): Iterable<string>;
}

/** Whom a source works for that is part of something larger. */
export interface Owner {
  core: Core;
  /** The number of the source, which is there already. */
  source: number;
  request(): Planned | undefined;
  /** Takes what a piece has brought. */
  deliver(records: Int32Array, text: string): Promise<void> | undefined;
  /** What is still being delivered. */
  readonly delivering: Promise<void> | undefined;
}

/**
 * How long the platform is kept busy, in milliseconds, before it gets a turn. What waits for one may have to
 * wait for a second.
 */
export const SLICE = 4;

/** So many microtasks after it has been asked for, what is there already has come. */
const HOPS = 4;

/** As many characters of a body are its beginning. */
const EXCERPT = 1024;

/** What an answer is read as, by the rules that `Response::kind` has in Rust. */
function kindOf({ status, headers, accept }: Received): Kind {
  const essence = (type: string) => type.split(";")[0]!.trim().toLowerCase();
  const type = essence(headers.get("content-type") ?? "");
  if (status !== 200 || !type) return Kind.Unexpected;
  if (type === "text/event-stream") return Kind.EventStream;
  const isNamed = accept.split(",").some((range) => essence(range) === type && !/;\s*q=0(\.0*)?\s*(;|$)/.test(range));
  return isNamed ? Kind.Whole : Kind.Unexpected;
}

const CANT_STREAM = "this `fetch` does not stream. Give one that does as the option `fetch`, such as that of `expo/fetch`";
const unreadable = (cause: Error) => badAnswer("returned an answer that can't be read", cause);

function readerOf(body: Body | null | undefined, isOwnFetch: boolean): ChunkReader | undefined {
  try {
    if (body) return new ChunkReader(body);
    // The platform's `fetch` may return none where the server has sent none; of others that is a mistake.
    if (isOwnFetch) throw new Unreadable("it has no body");
    // Not even none: as in React Native, whose answers come as a whole.
    if (body === undefined) throw new Unreadable(CANT_STREAM);
    return undefined;
  } catch (cause) {
    throw unreadable(cause as Error);
  }
}

type Retry = Extract<Settings["asked"]["retry"], (...failure: never) => unknown>;
type Until = Extract<Settings["asked"]["until"], (event: never) => unknown>;

/** Not by way of the core, which an exception would leave in the middle of its work. */
function ask<T>(asked: () => T): T | undefined {
  try {
    return asked();
  } catch (failure) {
    report(failure);
    return undefined;
  }
}

const judging = (until: Until) => (type: string, data: string, lastEventId: string) => {
  const answer = ask(() => until({ type, data, lastEventId }));
  return answer === "last" ? 2 : +(answer === true);
};

/** Whether one whole number is the one behind another. */
const isNext = (previous: string, next: string) =>
  /^\d+$/.test(previous) && /^\d+$/.test(next) && BigInt(next) - BigInt(previous) === 1n;

/** The event in the middle of which a stream has ended, of which an output tells. */
function unfinishedOf(core: Core): Unfinished | undefined {
  const [type, data] = [core.word(7), core.word(8)];
  const text = core.text();
  return data < 0 ? undefined : { type: text.slice(0, type), data: text.slice(type, data) };
}

/** By the core's numbers. */
const RESUMED = ["no", "asked", "confirmed"] as const;
const REASONS = ["body", "no-content", "until"] as const;

/** A connection, open or opening. */
interface Connection {
  attempt: Attempt;
  stop: AbortController;
  body?: ChunkReader;
  native?: NativeConnection;
  /** Tells the core what it does not know yet. */
  flush?: () => void;
}

export class Driver {
  readonly #settings: Settings;
  readonly #listener: Listener;
  readonly #owner: Owner | undefined;
  #core: Core | undefined;
  #id = -1;
  #connection: Connection | undefined;
  readonly #timer = new Timer(() => {
    // The silence is that of a listener who is waited for.
    if (this.#isHeld) this.#tell(Input.ReadingResumed);
    this.#tell(Input.Timeout);
  });
  #unwatch: (() => void) | undefined;
  #closed = false;
  #wasOpen = false;
  /** An attempt was begun before the core was there to ask for it. */
  #isEarly = false;
  /** Somebody wants what the native `EventSource` can't do. */
  #needsFetch = false;
  /** What is known of the answer in use, or before. */
  #answered: Answered | undefined;
  /** How the server has ended the stream. */
  #ended: End | undefined;
  /** What is known on this side of the failure that the core is being told of. */
  #known: Details = {};
  #origin = "";
  /** Delivery that goes on behind the back of whoever reads. */
  #delivering: Promise<void> = Promise.resolve();
  /** What is being delivered waits for somebody who takes it. */
  #isHeld = false;
  /** When the platform last had a turn, and since when there is nothing to do. */
  #slice = 0;
  #paused = 0;
  /** The types of events, by the core's numbers. */
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #takers: Takers;

  constructor(settings: Settings, listener: Listener, owner?: Owner) {
    this.#settings = settings;
    this.#listener = listener;
    this.#owner = owner;
    this.#position = { id: settings.lastEventId };
    this.#takers = {
      event: (type, data, id) => (this.#closed ? undefined : listener.event(type, data, id)),
      comment: (text) => this.#closed || listener.comment(text),
      gap: () => this.#closed || listener.gap(),
      tooLarge: () => (this.#closed ? undefined : listener.problem(eventTooLarge(settings.maxEventSize))),
      turn: () => this.#turn(),
    };
    if (owner) {
      this.#start(owner.core);
      return;
    }
    const loaded = loadCore(0, (reason) => this.#closed || listener.problem(wasmFailed(reason))).then(
      (core) => this.#start(core),
      (reason: unknown) => this.#end(wasmFailed(reason)),
    );
    const { lastEventId, native, pauses, asked } = settings;
    // The request does not wait for the core, where it is known what that will ask for.
    const isKnown = !lastEventId || (/^[!-~]{1,999}$/.test(lastEventId) && !native && !asked.resume);
    if (!isKnown || (pauses && isHidden())) return;
    const begin = () => {
      if (this.#closed || this.#core) return;
      this.#isEarly = true;
      const resume = lastEventId ? 1 : 0;
      const first = { number: 1, resume, id: lastEventId, unauthorized: false, continues: false };
      this.#connect({ ...first, native: !!native && !this.#needsFetch }, loaded);
    };
    // Whoever makes a source may ask at once for what needs fetch.
    if (native === "auto") soon(begin);
    else begin();
  }

  /** Comments, or events of every type. */
  requireFetch(): void {
    if (this.#needsFetch) return;
    this.#needsFetch = true;
    this.#tell(Input.RequireFetch);
  }

  reconnect(): void {
    this.#tell(Input.Reconnect);
  }

  /** The time has changed at which something is to be done. */
  reschedule(): void {
    this.#schedule();
  }

  /** Listens for a type that somebody has come to ask for. */
  listen(type: string): void {
    this.#connection?.native?.listen(type);
  }

  /** Drops everything. The listener is told nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#disconnect();
    this.#timer.clear();
    this.#unwatch?.();
    if (this.#core) {
      const core = this.#core;
      this.#whenPossible(() => core.forget(this.#id));
    }
  }

  #end(problem: EventSourceError | undefined, end?: End): void {
    if (this.#closed) return;
    this.close();
    this.#listener.closed(problem, end);
  }

  #start(core: Core): void {
    if (this.#closed) return;
    const { numbers, lastEventId, asked } = this.#settings;
    this.#core = core;
    this.#id = this.#owner?.source ?? core.open(numbers, lastEventId);
    const { retry, until, follows } = asked;
    core.ask(this.#id, {
      decide: typeof retry === "function" ? (...failure) => this.#decide(retry, ...failure) : undefined,
      until: typeof until === "string" ? (_type, data) => +(data === until) : until && judging(until),
      follows: follows === "integers" ? isNext : follows && ((previous, next) => !!ask(() => follows(previous, next))),
    });
    this.#unwatch = watchPage((signal) => this.#tell(Input.Signal, signal));
    if (isHidden()) this.#tell(Input.Signal, HIDDEN);
    const early = this.#connection?.attempt;
    if (this.#needsFetch && !early?.native) this.#tell(Input.RequireFetch);
    this.#tell(Input.Start);
    if (early?.native && this.#needsFetch) this.#tell(Input.RequireFetch);
    this.#whenPossible(() => {
      // The core did not ask for it, as in a page that has been hidden since.
      if (this.#isEarly) this.#disconnect();
      this.#isEarly = false;
    });
  }

  #decide(retry: Retry, code: number, detail: number, failures: number): number {
    const answer = ask(() => retry(problemOf(code, detail, this.#known), { failures }));
    if (typeof answer === "number" && answer >= 0) return answer;
    return answer === true ? Answer.Retry : answer === false ? Answer.Stop : Answer.Default;
  }

  /** While the core asks somebody, it can't be told anything. */
  #whenPossible(work: () => void): void {
    if (this.#core?.isDeciding) soon(() => this.#whenPossible(work));
    else work();
  }

  #tell(input: Input, detail = 0): void {
    if (!this.#core || this.#closed) return;
    this.#whenPossible(() => {
      if (this.#closed) return;
      this.#connection?.flush?.();
      this.#core!.handle(this.#id, input, detail);
      this.#settle();
    });
  }

  /** Does what the core wants done. */
  #settle(): void {
    const core = this.#core!;
    for (let output; !this.#closed && (output = core.poll(this.#id)); ) {
      const held = this.#perform(core, output);
      if (typeof held === "object") {
        // What follows an event comes behind it.
        void held.then(() => this.#closed || this.#settle());
        return;
      }
    }
    this.#schedule();
  }

  #perform(core: Core, output: Output): Held {
    const listener = this.#listener;
    switch (output) {
      case Output.Connect: {
        const attempt = {
          number: core.word(3),
          native: !!core.word(4),
          resume: core.word(5),
          id: core.text(),
          unauthorized: !!core.word(6),
          continues: !!core.word(7),
        };
        if (!this.#isEarly) this.#connect(attempt, Promise.resolve());
        this.#isEarly = false;
        break;
      }
      case Output.Disconnect:
        this.#disconnect();
        break;
      case Output.Connecting:
        listener.connecting();
        break;
      case Output.Open:
        this.#wasOpen = true;
        listener.open(this.#origin, this.#answered, RESUMED[core.word(3)]);
        break;
      case Output.Waiting: {
        const retryIn = core.word(3);
        listener.waiting(problemOf(core.word(5), core.word(6), { ...this.#known, unfinished: unfinishedOf(core) }), retryIn);
        this.#known = {};
        break;
      }
      case Output.Paused:
        listener.paused();
        break;
      case Output.Closed: {
        const [code, detail] = [core.word(3), core.word(4)];
        const known = { ...this.#known, unfinished: unfinishedOf(core) };
        const { cause } = known;
        // A drop-in tells of status 204 as the platform does, by an error.
        const isStandard = this.#ended?.reason === "no-content" && this.#settings.standard;
        const problem = cause instanceof EventSourceError ? cause : code ? problemOf(code, detail, known) : isStandard ? noContent() : undefined;
        this.#end(problem, this.#ended);
        break;
      }
      case Output.Gap:
        listener.gap();
        break;
      case Output.Event: {
        const [type, data] = [core.word(3), core.word(4)];
        const text = core.text();
        arrival.time = now();
        return listener.event(text.slice(0, type), text.slice(type, data), text.slice(data));
      }
      case Output.End:
        this.#ended = { reason: REASONS[core.word(3)]!, unfinished: unfinishedOf(core) };
    }
    return undefined;
  }

  #schedule(): void {
    if (!this.#closed) this.#timer.set(this.#core!.timeout(this.#id));
  }

  #disconnect(): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = undefined;
    // An abort does not reach a body that somebody's own `fetch` has made.
    connection.body?.cancel().catch(() => {});
    connection.stop.abort();
    connection.native?.close();
  }

  #connect(attempt: Attempt, ready: Promise<void>): void {
    const connection: Connection = { attempt, stop: new AbortController() };
    this.#connection = connection;
    if (attempt.native) this.#openNative(connection, ready);
    else void this.#fetch(connection, ready);
  }

  #isCurrent(connection: Connection): boolean {
    return connection === this.#connection;
  }

  // Fetch

  async #fetch(connection: Connection, ready: Promise<void>): Promise<void> {
    const settings = this.#settings;
    const { signal } = connection.stop;
    let answer: Received | undefined;
    let kind = Kind.Unexpected;
    let reader: ChunkReader | undefined;
    try {
      if (settings.refused) throw settings.refused;
      const owner = this.#owner;
      answer = await send(settings, connection.attempt, signal, owner && (() => owner.request()), this.#answered);
      await ready;
      // What the connection before has brought is delivered first.
      await (owner ? owner.delivering : this.#delivering);
      if (!this.#isCurrent(connection)) {
        // Somebody's own `fetch` may have ignored the abort.
        await discard(answer.body);
        return;
      }
      kind = kindOf(answer);
      if (kind !== Kind.Unexpected) reader = readerOf(answer.body, settings.isOwnFetch);
    } catch (cause) {
      const failure = await this.#failure(cause, connection.attempt, signal);
      await ready;
      if ((await isBeingLeft()) || !this.#isCurrent(connection)) return;
      if (failure instanceof NoContinuation) this.#tell(Input.NoContinuation);
      else this.#fail(failure instanceof NoHeaders ? failure.cause : failure, failure instanceof NoHeaders);
      return;
    }
    const { status, headers } = answer;
    this.#known = { status, headers };
    if (kind !== Kind.Unexpected) this.#answered = { status, headers, url: answer.url.href };
    else {
      const body = await bodyOf(answer.body);
      if (!this.#isCurrent(connection)) return;
      this.#known = { status, headers, body, excerpt: body.slice(0, EXCERPT) };
    }
    this.#origin = answer.url.origin;
    const head = [headers.get("content-type") ?? "", headers.get("last-event-id") ?? "", this.#known.excerpt ?? ""] as const;
    this.#core!.respond(this.#id, status, kind, head, retryAfter(headers));
    this.#settle();
    if (this.#isCurrent(connection)) await this.#read(connection, reader);
  }

  /** Tells the core of a failure. An error that has a name already is one that no attempt can cure. */
  #fail(cause: unknown, hasNoHeaders = false): void {
    this.#known = { cause };
    if (cause instanceof EventSourceError) this.#tell(Input.Futile);
    else this.#tell(hasNoHeaders ? Input.NoHeaders : Input.Disconnected);
  }

  /** Whatever a failed request says, and what can be found out besides. */
  async #failure(cause: unknown, { resume }: Attempt, signal: AbortSignal): Promise<unknown> {
    const settings = this.#settings;
    // A position in the headers has a preflight of its own, without which the next attempt does.
    const hidden = cause instanceof TypeError && settings.crossOrigin && !this.#wasOpen && resume !== 1;
    if (hidden && settings.standard && settings.method === "GET" && (await isReachable(settings, signal))) {
      return corsRefused(settings.url, cause);
    }
    return cause;
  }

  async #read(connection: Connection, reader: ChunkReader | undefined): Promise<void> {
    if (reader) connection.body = reader;
    try {
      for (;;) {
        const reading = reader?.read();
        // What is there already comes before the platform has had a turn, however long those take who are
        // woken meanwhile.
        let isHere = false;
        const arrived = () => void (isHere = true);
        reading?.then(arrived, arrived);
        for (let hop = 0; hop < HOPS && !isHere; hop++) await null;
        this.#paused = isHere ? Infinity : now();
        const chunk = await reading;
        if (!chunk || !this.#isCurrent(connection)) break;
        await this.#receive(connection, chunk);
        if (!this.#isCurrent(connection)) break;
      }
    } catch (cause) {
      if (!(await isBeingLeft()) && this.#isCurrent(connection)) this.#fail(cause instanceof Unreadable ? unreadable(cause) : cause);
      return;
    }
    if (this.#isCurrent(connection)) this.#tell(Input.Ended);
  }

  /** Takes a chunk in piece by piece, and gives the platform its turns. */
  async #receive(connection: Connection, chunk: Uint8Array): Promise<void> {
    const began = now();
    // After a pause the platform has had its turn.
    if (began - this.#paused > 1) this.#slice = began;
    for (let offset = 0; offset < chunk.length; offset += PIECE) {
      const piece = chunk.length > PIECE ? chunk.subarray(offset, offset + PIECE) : chunk;
      const [records, text] = this.#core!.receive(this.#id, piece);
      const delivered = this.#owner
        ? this.#owner.deliver(records, text)
        : new Piece(records, text, this.#types, this.#position, this.#takers).deliver();
      if (delivered) {
        this.#delivering = delivered;
        await this.#hold(connection, delivered);
        if (!this.#isCurrent(connection)) return;
      }
      // The stream may have ended at an event.
      if (this.#core!.hasOutput(this.#id)) this.#settle();
      await this.#turn();
      if (!this.#isCurrent(connection)) return;
    }
  }

  /** Waits for somebody who takes his time. */
  async #hold(connection: Connection, delivered: Held): Promise<void> {
    const since = now();
    this.#isHeld = true;
    await delivered;
    this.#isHeld = false;
    // The silence meanwhile was ours.
    if (this.#isCurrent(connection) && now() - since > SLICE) this.#tell(Input.ReadingResumed);
  }

  /** Gives the platform a turn, if it is time. */
  #turn(): Promise<void> | undefined {
    if (now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = now();
    });
  }

  // Native

  #openNative(connection: Connection, ready: Promise<void>): void {
    // One after the other, as they came: a validator may take its time.
    const before = this.#delivering;
    let waiting = 0;
    let last: Promise<void>;
    const wait = (work: PromiseLike<unknown>) => {
      waiting += 1;
      const done = () => void (waiting -= 1);
      last = this.#delivering = Promise.resolve(work).then(done);
    };
    wait(ready.then(() => before));
    const later = (work: () => PromiseLike<unknown> | void) => {
      const doing = () => (this.#isCurrent(connection) ? work() : undefined);
      // Where nobody is waited for, at once: a promise for each event would cost more than the event.
      const held = waiting ? last.then(doing) : doing();
      if (held) wait(held);
    };
    // Unless somebody judges events or silence, the core need only know the last ID, and before it decides something.
    const { asked, numbers } = this.#settings;
    const isJudged = !!asked.until || !!asked.follows || numbers[5]! > 0;
    // An event without an ID keeps the one before, which the platform's own does not know where it is new.
    let hasId = false;
    let position = connection.attempt.id;
    let isTold = true;
    connection.flush = () => {
      if (!isTold) this.#core!.receiveNative(this.#id, ["", position, ""]);
      isTold = true;
    };
    connection.native = openNative(this.#settings, connection.attempt, this.#listener.types(), {
      open: () =>
        later(() => {
          this.#origin = this.#settings.url.origin;
          this.#answered = undefined;
          this.#tell(Input.NativeOpen);
        }),
      error: (gaveUp) => later(() => this.#tell(Input.NativeError, gaveUp ? 1 : 0)),
      event: ({ type, data, lastEventId, origin }) => {
        const time = now();
        later(() => {
          const core = this.#core!;
          this.#origin = origin;
          let passage = 1;
          if (isJudged) {
            passage = core.receiveNative(this.#id, [type, lastEventId, data]);
            position = core.text();
          } else if ((hasId ||= !!lastEventId)) {
            position = lastEventId;
            isTold = false;
          }
          if (passage === 2) this.#listener.gap();
          arrival.time = time;
          const taken = passage ? this.#listener.event(type, data, position) : undefined;
          const held = typeof taken === "object" ? this.#hold(connection, Promise.resolve(taken)) : undefined;
          const settle = () => {
            if (asked.until && core.hasOutput(this.#id)) this.#settle();
          };
          if (held) return held.then(settle);
          return settle();
        });
      },
    });
  }
}
