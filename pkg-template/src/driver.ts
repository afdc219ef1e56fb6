// Carries messages between the core and the platform, for one source. It decides nothing.

import { type Body, ChunkReader, discard, PIECE, Unreadable } from "./chunks.js";
import { Answer, Core, Input, Output } from "./core.js";
import { bodyOf } from "./excerpt.js";
import { loadCore } from "./load.js";
import { openNative, type NativeConnection } from "./native.js";
import { HIDDEN, isHidden, watchPage } from "./page.js";
import { now, soon } from "./platform.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import {
  badAnswer,
  badScheme,
  corsRefused,
  type Details,
  EventSourceError,
  eventTooLarge,
  noContent,
  problemOf,
  report,
  wasmFailed,
} from "./problem.js";
import { type Answer as Answered, type Attempt, isReachable, NoHeaders, type Planned, retryAfter, send } from "./request.js";
import type { Settings } from "./settings.js";
import { Timer } from "./timer.js";
import { turn } from "./turn.js";

/** Who is told what happens to a source. */
export interface Listener {
  connecting(): void;
  open(origin: string, resumed: boolean): void;
  waiting(problem: EventSourceError, retryIn: number): void;
  paused(): void;
  closed(problem: EventSourceError | undefined): void;
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

/** What is not of this type is no event stream; whether that which is so is one, the core says. */
const EVENT_STREAM = /^text\/event-stream/i;

const isStream = ({ status, headers }: Answered) =>
  status === 200 && EVENT_STREAM.test(headers.get("content-type") ?? "");

/** As many characters of a body are its beginning. */
const EXCERPT = 1024;

const unreadable = (cause: Unreadable) => badAnswer(`returned an answer that can't be read: ${cause.message}`);

function readerOf(body: Body | null | undefined, isOwnFetch: boolean): ChunkReader | undefined {
  try {
    if (body) return new ChunkReader(body);
    // The platform's `fetch` may return none where the server has sent none; of others that is a mistake.
    if (isOwnFetch) throw new Unreadable("it has no body");
    return undefined;
  } catch (cause) {
    throw cause instanceof Unreadable ? unreadable(cause) : cause;
  }
}

/** A connection, open or opening. */
interface Connection {
  attempt: Attempt;
  stop: AbortController;
  body?: ChunkReader;
  native?: NativeConnection;
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
  /** What is known on this side of the failure that the core is being told of. */
  #known: Details = {};
  #failures = 0;
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
      tooLarge: () => (this.#closed ? undefined : listener.problem(eventTooLarge(settings.maxEventSize))),
      turn: () => this.#turn(),
    };
    if (owner) {
      this.#start(owner.core);
      return;
    }
    // The request does not wait for the core: what it will ask for first is known.
    const { lastEventId, native } = settings;
    const resume = lastEventId ? (native ? 2 : 1) : 0;
    const first = { number: 1, native, resume, id: lastEventId, unauthorized: false };
    const loaded = loadCore(0, (reason) => this.#closed || listener.problem(wasmFailed(reason))).then(
      (core) => this.#start(core),
      (reason: unknown) => this.#end(wasmFailed(reason)),
    );
    this.#connect(first, loaded);
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

  #end(problem: EventSourceError | undefined): void {
    if (this.#closed) return;
    this.close();
    this.#listener.closed(problem);
  }

  #start(core: Core): void {
    if (this.#closed) return;
    const { numbers, lastEventId, decide } = this.#settings;
    this.#core = core;
    const ask = decide && ((code: number, detail: number) => this.#decide(code, detail));
    const owned = this.#owner?.source;
    this.#id = owned ?? core.open(numbers, lastEventId, ask);
    if (owned !== undefined) core.ask(owned, ask);
    this.#unwatch = watchPage((signal) => this.#tell(Input.Signal, signal));
    this.#tell(Input.Start);
    if (isHidden()) this.#tell(Input.Signal, HIDDEN);
  }

  #decide(code: number, detail: number): number {
    let answer;
    try {
      const problem = problemOf(code, detail, this.#known);
      answer = this.#settings.decide!(problem, { failures: this.#failures + 1 });
    } catch (failure) {
      // Not by way of the core, which an exception would leave in the middle of its work.
      report(failure);
    }
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
      this.#core!.handle(this.#id, input, detail);
      this.#settle();
    });
  }

  /** Does what the core wants done. */
  #settle(): void {
    const core = this.#core!;
    for (let output; !this.#closed && (output = core.poll(this.#id)); ) this.#perform(core, output);
    this.#schedule();
  }

  #perform(core: Core, output: Output): void {
    const listener = this.#listener;
    switch (output) {
      case Output.Connect: {
        const attempt = {
          number: core.word(3),
          native: !!core.word(4),
          resume: core.word(5),
          id: core.text(),
          unauthorized: !!core.word(6),
        };
        // The first is under way.
        if (attempt.number > 1 || this.#owner) this.#connect(attempt, Promise.resolve());
        break;
      }
      case Output.Disconnect:
        this.#disconnect();
        break;
      case Output.Connecting:
        listener.connecting();
        break;
      case Output.Open:
        this.#failures = 0;
        this.#wasOpen = true;
        listener.open(this.#origin, !!core.word(3));
        break;
      case Output.Waiting: {
        this.#failures = core.word(4);
        const retryIn = core.word(3);
        listener.waiting(problemOf(core.word(5), core.word(6), this.#known), retryIn);
        this.#known = {};
        break;
      }
      case Output.Paused:
        listener.paused();
        break;
      case Output.Closed: {
        const [code, detail] = [core.word(3), core.word(4)];
        const known = this.#known;
        const problem =
          known.cause instanceof EventSourceError
            ? known.cause
            : code
              ? problemOf(code, detail, known)
              : known.status === 204
                ? noContent()
                : undefined;
        this.#end(problem);
        break;
      }
      case Output.Gap:
        listener.gap();
    }
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
    let answer: Answered | undefined;
    let reader: ChunkReader | undefined;
    try {
      if (settings.refused) throw settings.refused;
      if (!settings.isOwnFetch && !/^(https?|data|blob):$/.test(settings.url.protocol)) throw badScheme(settings.url);
      const owner = this.#owner;
      answer = await send(settings, connection.attempt, signal, owner && (() => owner.request()));
      await ready;
      // What the connection before has brought is delivered first.
      await (owner ? owner.delivering : this.#delivering);
      if (!this.#isCurrent(connection)) {
        // Somebody's own `fetch` may have ignored the abort.
        await discard(answer.body);
        return;
      }
      if (isStream(answer)) reader = readerOf(answer.body, settings.isOwnFetch);
    } catch (cause) {
      const failure = await this.#failure(cause, connection.attempt, signal);
      await ready;
      if (!this.#isCurrent(connection)) return;
      this.#fail(failure instanceof NoHeaders ? failure.cause : failure, failure instanceof NoHeaders);
      return;
    }
    const { status, headers } = answer;
    this.#known = { status, headers };
    if (!isStream(answer)) {
      const body = await bodyOf(answer.body);
      if (!this.#isCurrent(connection)) return;
      this.#known = { status, headers, body, excerpt: body.slice(0, EXCERPT) };
    }
    this.#origin = answer.url.origin;
    const type = headers.get("content-type") ?? "";
    this.#core!.respond(this.#id, status, type, this.#known.excerpt ?? "", retryAfter(headers));
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
      if (this.#isCurrent(connection)) this.#fail(cause instanceof Unreadable ? unreadable(cause) : cause);
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
    let last = ready.then(() => before);
    const soon = (work: () => unknown) => {
      last = last.then(() => (this.#isCurrent(connection) ? work() : undefined) as void);
      this.#delivering = last;
    };
    connection.native = openNative(this.#settings, connection.attempt, this.#listener.types(), {
      open: () =>
        soon(() => {
          this.#origin = this.#settings.url.origin;
          this.#tell(Input.NativeOpen);
        }),
      error: (gaveUp) => soon(() => this.#tell(Input.NativeError, gaveUp ? 1 : 0)),
      event: ({ type, data, lastEventId, origin }) =>
        soon(() => {
          this.#origin = origin;
          const position = this.#core!.receiveNative(this.#id, lastEventId, data.length);
          const taken = this.#listener.event(type, data, position);
          return taken && this.#hold(connection, taken);
        }),
    });
  }
}
