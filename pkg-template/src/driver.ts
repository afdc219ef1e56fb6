// Carries messages between one session of the core and the platform. Every decision is the core's.

import { askedOf } from "./asked.js";
import { type Core, Session } from "./core.js";
import { Delivery } from "./delivery.js";
import type { Companion, Company, Listener } from "./listener.js";
import { loadCore } from "./load.js";
import { SIGNALS } from "./log.js";
import { isHidden, watchPage } from "./page.js";
import { soon } from "./platform.js";
import { arrival, type Held } from "./piece.js";
import { type Arguments, type Details, type EventSourceError, eventTooLarge, noContent, report, toldProblem, wasmFailed, wentWrong } from "./problem.js";
import type { Attempt } from "./request.js";
import type { Settings } from "./settings.js";
import { Counters, type SourceStats } from "./stats.js";
import type { Answered, End } from "./stream.js";
import { Input, Output, Record, SessionKind, Signal, Status } from "./tables.js";
import { Link } from "./link.js";
import { Timer } from "./timer.js";
import { turn } from "./turn.js";

/** Names in the order of the core's numbers. */
const RESUMED = ["no", "asked", "confirmed"] as const;
const REASONS = ["body", "no-content", "until"] as const;
const ROLES = ["leader", "follower", "alone"] as const;

export class Driver {
  readonly settings: Settings;
  readonly listener: Listener;
  readonly #company: Company | undefined;
  /** Whether tabs share the session. Deliveries for this tab then wait in the core, within bounds. */
  #isShared = false;
  #session: Session | undefined;
  #companion: Companion | undefined;
  /** Connections by their numbers. */
  readonly #links = new Map<number, Link>();
  readonly #timer = new Timer(() => {
    // Timers of hidden pages fire late. Data that has arrived meanwhile must reach the core before the timeout does.
    if (isHidden()) void turn().then(() => this.#tick());
    else this.#tick();
  });
  #unwatch: (() => void) | undefined;
  #closed = false;
  #wasOpen = false;
  /** Whether the first attempt began before the core was loaded. */
  #isEarly = false;
  /** Whether a listener needs what the native `EventSource` can't do. */
  #needsFetch = false;
  /** The answer in use, or the last one, as far as it is known, and the origin of its events. */
  answered: Answered | undefined;
  origin = "";
  /** Details that only this side knows of the failure being reported to the core. */
  known: Details = {};
  /** The end of the stream, if the server has ended it. */
  #ended: End | undefined;
  /** Numbers and texts for the record that follows them. */
  #told: Arguments = [];
  #isSharedState: Status | undefined;

  readonly #delivery: Delivery;
  readonly counters = new Counters();

  constructor(settings: Settings, listener: Listener, company?: Company) {
    this.settings = settings;
    this.listener = listener;
    this.#company = company;
    this.#delivery = new Delivery(settings.lastEventId, {
      event: (type, data, id) => (this.#closed ? undefined : listener.event(type, data, id)),
      comment: (text) => this.#closed || listener.comment(text),
      gap: () => this.#closed || this.gap(),
      tooLarge: () => (this.#closed ? undefined : listener.problem(eventTooLarge(settings.maxEventSize))),
      told: (kind, number, text) => this.#closed || this.#hear(kind, number, text),
    });
    const loaded = loadCore(company?.core ?? 0, (reason) => this.#closed || listener.problem(wasmFailed(reason))).then(
      (core) => this.#guard(() => this.#start(core)),
      (reason: unknown) => this.end(wasmFailed(reason)),
    );
    if (!company) this.#beginEarly(loaded);
  }

  /** Sends the first request before the core is loaded, if it is known which request the core will ask for. */
  #beginEarly(loaded: Promise<void>): void {
    const { lastEventId, native, pauses, asked } = this.settings;
    const isKnown = !lastEventId || (/^[!-~]{1,999}$/.test(lastEventId) && !native && !asked.resume);
    if (!isKnown || (pauses && isHidden())) return;
    const begin = () => {
      if (this.#closed || this.#session) return;
      this.#isEarly = true;
      const first = { number: 1, resume: lastEventId ? 1 : 0, id: lastEventId, unauthorized: false, continues: false };
      this.#connect(0, { ...first, native: !!native && !this.#needsFetch }, loaded);
    };
    // A listener added right after the constructor may need fetch, so the choice waits until that code has run.
    if (native === "auto") soon(begin);
    else begin();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Rules out the native `EventSource`, which shows neither comments nor events of every type. */
  requireFetch(): void {
    if (this.#needsFetch) return;
    this.#needsFetch = true;
    this.tell(Input.RequireFetch);
  }

  reconnect(): void {
    this.settings.log?.("reconnect() was called");
    this.tell(Input.Reconnect);
  }

  stats(): SourceStats {
    // The number of a session that is gone may be another's by now.
    return this.counters.read(this.#closed ? undefined : this.#session);
  }

  /** Number of connections that are open or being opened. */
  get connections(): number {
    return this.#links.size;
  }

  gap(): void {
    if (this.#note("gap: events may be missing")) this.listener.gap();
  }

  /** Logs a line. Returns false if that closed the session: a user's logger may do so. */
  #note(line: string): boolean {
    this.settings.log?.(line);
    return !this.#closed;
  }

  /** Has native sources listen for `type`, which now has its first listener. */
  listen(type: string): void {
    for (const link of this.#links.values()) link.native?.listen(type);
  }

  /** Drops everything without calling the listener. */
  close(reason = "by the caller"): void {
    if (this.#closed) return;
    this.#closed = true;
    // The last counts stay readable when the session is gone.
    this.#guard(() => this.counters.read(this.#session));
    this.settings.log?.(`closed: ${reason}`);
    this.#timer.clear();
    this.#unwatch?.();
    this.#delivery.letGoOn();
    this.#drop();
    const session = this.#session;
    if (!session) return;
    this.#whenPossible(() => {
      this.#guard(() => {
        // The core tells the other tabs that this one leaves.
        if (this.#isShared) session.handle(Input.Close);
        this.#perform(session);
      });
      session.forget();
      this.#companion?.close();
      this.#drop();
    });
  }

  #drop(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  end(problem: EventSourceError | undefined, end?: End): void {
    if (this.#closed) return;
    this.counters.lastError = problem ?? this.counters.lastError;
    this.close(problem?.message ?? end?.reason);
    this.listener.closed(problem, end);
  }

  #start(core: Core): void {
    if (this.#closed) return;
    const { settings } = this;
    const kind = this.#company?.kind(core) ?? SessionKind.Solo;
    this.#isShared = kind >= SessionKind.SharedSolo;
    const session = new Session(core, kind, settings, this.#company?.hasLocks);
    this.#session = session;
    if (this.#isShared) this.#delivery.share(() => this.#guard(() => this.#pump(session)));
    core.asked.set(session.id, askedOf(settings.asked, () => this.known));
    this.#companion = this.#company?.join(this, session);
    this.#unwatch = watchPage((signal) => {
      settings.log?.(`the page is ${SIGNALS[signal]}`);
      this.tell(Input.Signal, 0, signal);
    });
    if (isHidden()) this.tell(Input.Signal, 0, Signal.Hidden);
    const early = this.#links.get(0)?.attempt;
    if (this.#needsFetch && !early?.native) this.tell(Input.RequireFetch);
    this.tell(Input.Start);
    this.listener.started?.();
    if (early?.native && this.#needsFetch) this.tell(Input.RequireFetch);
    this.#whenPossible(() => {
      // The core didn't ask for the early attempt, for example because the page has been hidden since.
      if (this.#isEarly) this.#disconnect(0);
      this.#isEarly = false;
    });
  }

  // The core

  /** Runs `work` once the core can be called, which it can't while it asks a user's function. */
  #whenPossible(work: () => void): void {
    if (this.#session?.core.isAsking) soon(() => this.#whenPossible(work));
    else work();
  }

  /**
   * Runs `work`, and ends this session and no other if the core throws. Nothing else throws in here. The thrown value
   * can be of any kind, since a core may be JavaScript, or out of stack or memory.
   */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (slip) {
      if (this.#closed) report(slip);
      else this.end(wentWrong(slip));
      return undefined;
    }
  }

  tell(input: Input, link = 0, detail = 0): void {
    this.work((session) => session.handle(input, link, detail));
  }

  /** Gives the core an input and performs the outputs that follow. */
  work(tell: (session: Session) => void): void {
    if (!this.#session || this.#closed) return;
    this.#whenPossible(() => {
      if (this.#closed) return;
      for (const link of this.#links.values()) link.flush?.();
      this.#guard(() => tell(this.#session!));
      this.settle();
    });
  }

  #tick(): void {
    // A held link is silent because a listener is slow, so the core must not take it for dead.
    for (const link of this.#links.values()) if (link.isHeld) this.tell(Input.ReadingResumed, link.number);
    this.tell(Input.Timeout);
  }

  /** Performs the core's outputs, and hands its records to the listener. */
  settle(): void {
    const session = this.#session!;
    this.#guard(() => {
      if (!this.#closed) this.#perform(session);
      this.#pump(session);
      if (!this.#closed) this.#timer.set(session.timeout());
    });
  }

  #perform(session: Session): void {
    for (let output; (output = session.poll()); ) {
      const link = session.number(0);
      if (output === Output.Connect) {
        // A user's function that the core asked meanwhile may have closed everything.
        if (!this.#isEarly && !this.#closed) this.#connect(link, session.attempt(), Promise.resolve());
        this.#isEarly = false;
      } else if (output === Output.Disconnect) this.#disconnect(link);
      else this.#companion?.perform(output);
    }
  }

  #connect(number: number, attempt: Attempt, ready: Promise<void>): void {
    const link = new Link(this, number, attempt);
    const { native, id } = attempt;
    this.#links.set(number, link);
    if (!this.#note(`attempt ${attempt.number} by ${native ? "EventSource" : "fetch"}${id && `, behind ID \`${id}\``}`)) return;
    link.open(ready, this.#companion?.plan && (() => this.#companion!.plan!(number)));
  }

  #disconnect(number: number): void {
    this.settings.log?.(`connection ${number} is dropped`);
    this.#links.get(number)?.close();
    this.#links.delete(number);
  }

  isCurrent(link: Link): boolean {
    return this.#links.get(link.number) === link;
  }

  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  // Delivery

  /** Hands a piece of a stream to the core. Returns what the next piece has to wait for. */
  receive(link: Link, bytes: Uint8Array): Promise<void> | undefined {
    const records = this.#guard(() => this.#session!.receive(link.number, bytes));
    if (!records) return undefined;
    const delivering = this.#delivery.push(records);
    this.settle();
    return this.#isShared ? this.#delivery.waitForListeners() : delivering;
  }

  /** Deliveries still pending. A shared session returns none: one tab must not keep the others waiting. */
  get delivering(): Promise<void> | undefined {
    return this.#isShared ? undefined : this.#delivery.pending;
  }

  /** Delivers the core's records. A shared session takes more only after the last ones are delivered. */
  #pump(session: Session): void {
    while (!this.#closed && !(this.#isShared && this.#delivery.pending)) {
      const records = session.tell();
      if (!records[0].length) break;
      this.#delivery.push(records);
    }
  }

  /** Notes that the platform had its turn during a pause. */
  rested(at: number): void {
    this.#delivery.rested(at);
  }

  /** Yields to the platform if the time budget is used up. */
  turn(): Promise<void> | undefined {
    return this.#delivery.turn();
  }

  /** Delivers an event of the native `EventSource`. */
  native(type: string, data: string, position: string, time: number): Held {
    arrival.time = time;
    return this.#closed ? undefined : this.listener.event(type, data, position);
  }

  #hear(kind: number, number: number, text: string): void {
    if (kind === Record.Argument) {
      this.#told.push([number, text]);
      return;
    }
    const told = this.#told;
    this.#told = [];
    if (kind === Record.State) this.#become(number, told);
    else if (kind === Record.Over) this.#ended = { reason: REASONS[number]!, unfinished: unfinishedOf(told) };
    else if (kind === Record.Sharing) {
      const sharing = { role: ROLES[number & 3]!, tabs: number >> 2 };
      if (this.#note(`${sharing.role} of ${sharing.tabs} tabs`)) this.listener.sharing?.(sharing);
    } else this.listener.told?.(kind, number, text, told);
  }

  #become(status: Status, [first, ...rest]: Arguments): void {
    const { listener, settings } = this;
    const before = this.#isSharedState;
    this.#isSharedState = status;
    switch (status) {
      case Status.Idle:
        listener.told?.(Record.State, status, "", []);
        break;
      case Status.Connecting:
        // Each new leader reports `Connecting` again, but the listener hears of it once.
        if (!this.#isShared || before !== status) listener.connecting();
        break;
      case Status.Open:
        this.#wasOpen = true;
        if (!this.#note(this.#isShared ? "open" : `open, resumed: ${RESUMED[first![0]]}`)) break;
        if (this.#isShared) listener.open(settings.url.origin);
        else listener.open(this.origin, this.answered, RESUMED[first![0]]);
        break;
      case Status.Waiting: {
        const problem = this.#problem(rest)!;
        const [retryIn] = first!;
        this.counters.lastError = problem;
        const when = retryIn < 0 ? "when the browser does" : `in ${Math.round(retryIn)} ms`;
        if (this.#note(`${problem.message}; again ${when}`)) listener.waiting(problem, retryIn < 0 ? undefined : retryIn);
        break;
      }
      case Status.Paused:
        if (this.#note("paused")) listener.paused();
        break;
      case Status.Closed: {
        const problem = this.#problem(rest);
        // A stream that closes without an error was ended by the server. Without `Record.Over`, as of a multiplexer or a
        // follower, the answer tells how.
        const reason = this.known.status === 200 ? ("body" as const) : ("no-content" as const);
        const end = problem ? undefined : (this.#ended ?? { reason, unfinished: undefined });
        // A drop-in reports status 204 by an error, as the platform's `EventSource` does.
        const isStandard = end?.reason === "no-content" && settings.standard;
        this.end(problem ?? (isStandard ? noContent() : undefined), end);
      }
    }
  }

  /** Returns the core's error, completed with the details known on this side. */
  #problem(told: Arguments): EventSourceError | undefined {
    const { known } = this;
    if (told.length) this.known = {};
    return toldProblem(told, { ...known, unfinished: unfinishedOf(told.slice(2)) });
  }
}

/** Returns the event in the middle of which a stream ended. */
const unfinishedOf = ([type, data]: Arguments) => type && data && { type: type[1], data: data[1] };
