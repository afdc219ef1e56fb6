// One connection of a session: opens it, reads it, closes it, and tells the core.

import { type Body, ChunkReader, discard, PIECE, Unreadable } from "./chunks.js";
import type { Driver } from "./driver.js";
import { bodyOf } from "./excerpt.js";
import { openNative, type NativeConnection } from "./native.js";
import { isBeingLeft } from "./page.js";
import { now } from "./platform.js";
import { badAnswer, corsRefused, EventSourceError } from "./problem.js";
import { type Answer, type Attempt, isReachable, NoContinuation, NoHeaders, type Planned, retryAfter, send } from "./request.js";
import type { Settings } from "./settings.js";
import { Place } from "./six.js";
import { Input, Kind, Setting } from "./tables.js";
import { SLICE } from "./turn.js";

/** Microtasks within which a read resolves if its data is there already. */
const HOPS = 4;

/** Characters of a body that go into its excerpt. */
const EXCERPT = 1024;

const CANT_STREAM = "this `fetch` does not stream. Give one that does as the option `fetch`, such as that of `expo/fetch`";
const unreadable = (cause: Error) => badAnswer("returned an answer that can't be read", cause);

function readerOf(body: Body | null | undefined, isOwnFetch: boolean): ChunkReader | undefined {
  try {
    if (body) return new ChunkReader(body);
    // The platform's `fetch` may return no body where the server sent none. From a user's `fetch` that is a mistake.
    if (isOwnFetch) throw new Unreadable("it has no body");
    // A missing `body` property, rather than `null`, means that `fetch` can't stream. React Native's answers arrive
    // whole.
    if (body === undefined) throw new Unreadable(CANT_STREAM);
    return undefined;
  } catch (cause) {
    throw unreadable(cause as Error);
  }
}

/** Whether the core must see each event of a native source, or only the last event ID. */
const isJudged = ({ asked, numbers }: Settings): boolean => !!asked.until || !!asked.follows || numbers[Setting.Heartbeat]! > 0;

export class Link {
  readonly #driver: Driver;
  readonly #stop = new AbortController();
  #body: ChunkReader | undefined;
  native: NativeConnection | undefined;
  /** Tells the core a last event ID that it doesn't know yet. */
  flush: (() => void) | undefined;
  /** Whether the piece received last waits for a slow listener. */
  isHeld = false;
  /** Counts this connection among those that the browser grants. */
  readonly #place: Place;
  /** Time at which reading began to wait for data; `Infinity` if the data was there already. */
  #paused = 0;

  constructor(
    driver: Driver,
    readonly number: number,
    readonly attempt: Attempt,
  ) {
    this.#driver = driver;
    this.#place = new Place(driver.settings.url);
  }

  open(ready: Promise<void>, plan: (() => Planned | undefined) | undefined): void {
    this.#place.connecting();
    if (this.attempt.native) this.#openNative(ready);
    else void this.#fetch(ready, plan);
  }

  close(): void {
    this.#place.free();
    // An abort doesn't reach a body that a user's `fetch` has made.
    this.#body?.cancel().catch(() => {});
    this.#stop.abort();
    this.native?.close();
  }

  get #isCurrent(): boolean {
    return this.#driver.isCurrent(this);
  }

  #tell(input: Input, detail = 0): void {
    this.#driver.tell(input, this.number, detail);
  }

  // Fetch

  async #fetch(ready: Promise<void>, plan: (() => Planned | undefined) | undefined): Promise<void> {
    const driver = this.#driver;
    const { settings } = driver;
    const { signal } = this.#stop;
    let answer: Answer | undefined;
    let kind = Kind.Unexpected;
    try {
      if (settings.refused) throw settings.refused;
      // Before the core is loaded, nothing can be told to it.
      const onSideEffects = () => void ready.then(() => this.#tell(Input.SideEffects));
      answer = await send(settings, this.attempt, signal, plan, driver.answered, onSideEffects);
      if (this.#isCurrent) this.#place.taken();
      await ready;
      // Events of the previous connection are delivered first.
      await driver.delivering;
      if (!this.#isCurrent) {
        // A user's `fetch` may have ignored the abort.
        await discard(answer.body);
        return;
      }
      const { status, headers, accept } = answer;
      kind = driver.session!.core.kindOf(status, headers.get("content-type") ?? "", accept);
      // Set before the core is told: a listener of `open` may close the source, which cancels the body.
      if (kind !== Kind.Unexpected) this.#body = readerOf(answer.body, settings.isOwnFetch);
    } catch (cause) {
      const failure = await this.#failure(cause);
      await ready;
      if ((await isBeingLeft()) || !this.#isCurrent) return;
      if (failure instanceof NoContinuation) this.#tell(Input.NoContinuation);
      else this.#fail(failure instanceof NoHeaders ? failure.cause : failure, failure instanceof NoHeaders);
      return;
    }
    const { status, headers } = answer;
    driver.known = { status, headers };
    if (kind !== Kind.Unexpected) driver.answered = { status, headers, url: answer.url.href };
    else {
      const body = await bodyOf(answer.body);
      if (!this.#isCurrent) return;
      driver.known = { status, headers, body, excerpt: body.slice(0, EXCERPT) };
    }
    driver.origin = answer.url.origin;
    settings.log?.(`status ${status}, \`${headers.get("content-type")}\``);
    const head = [headers.get("content-type") ?? "", headers.get("last-event-id") ?? "", driver.known.excerpt ?? ""] as const;
    driver.work((session) => session.respond(this.number, status, kind, head, retryAfter(headers)));
    if (this.#isCurrent) await this.#read();
  }

  /** Tells the core of a failure. An `EventSourceError` is a failure that no attempt can cure. */
  #fail(cause: unknown, hasNoHeaders = false): void {
    this.#driver.known = { cause };
    if (cause instanceof EventSourceError) this.#tell(Input.Futile);
    else this.#tell(hasNoHeaders ? Input.Unprepared : Input.Failed);
  }

  /** Returns the cause of a failed request, or a CORS error where a probe shows that CORS is the reason. */
  async #failure(cause: unknown): Promise<unknown> {
    const { settings, wasOpen } = this.#driver;
    // `Last-Event-ID` causes a preflight, which may be what failed. The next attempt does without the header.
    const hidden = cause instanceof TypeError && settings.crossOrigin && !wasOpen && this.attempt.resume !== 1;
    if (hidden && settings.standard && settings.method === "GET" && (await isReachable(settings, this.#stop.signal))) {
      return corsRefused(settings.url, cause);
    }
    return cause;
  }

  async #read(): Promise<void> {
    const reader = this.#body;
    try {
      for (;;) {
        const reading = reader?.read();
        // Data that is there already resolves before the platform gets a turn. The clock can't tell: listeners woken
        // meanwhile may take long.
        let isHere = false;
        const arrived = () => void (isHere = true);
        reading?.then(arrived, arrived);
        for (let hop = 0; hop < HOPS && !isHere; hop++) await null;
        this.#paused = isHere ? Infinity : now();
        const chunk = await reading;
        if (!chunk || !this.#isCurrent) break;
        await this.#receive(chunk);
        if (!this.#isCurrent) break;
      }
    } catch (cause) {
      if (!(await isBeingLeft()) && this.#isCurrent) this.#fail(cause instanceof Unreadable ? unreadable(cause) : cause);
      return;
    }
    if (this.#isCurrent) this.#tell(Input.Ended);
  }

  /** Hands a chunk to the core in pieces, and yields to the platform in between. */
  async #receive(chunk: Uint8Array): Promise<void> {
    const driver = this.#driver;
    const began = now();
    if (began - this.#paused > 1) driver.rested(began);
    for (let offset = 0; offset < chunk.length; offset += PIECE) {
      const piece = chunk.length > PIECE ? chunk.subarray(offset, offset + PIECE) : chunk;
      const delivered = driver.receive(this, piece);
      if (delivered) await this.#hold(delivered);
      // An event of the piece may have ended the stream.
      if (!this.#isCurrent) return;
      await driver.turn();
      if (!this.#isCurrent) return;
    }
  }

  /** Waits for a slow listener. */
  async #hold(delivered: PromiseLike<unknown>): Promise<void> {
    const since = now();
    this.isHeld = true;
    await delivered;
    this.isHeld = false;
    // Nothing was read meanwhile, so the silence must not count against the server.
    if (this.#isCurrent && now() - since > SLICE) this.#tell(Input.ReadingResumed);
  }

  // Native

  #openNative(ready: Promise<void>): void {
    const driver = this.#driver;
    const { settings, listener } = driver;
    // Events are handled one after the other, in order of arrival, because a validator may be slow.
    let waiting = 0;
    let last: Promise<void>;
    const wait = (work: PromiseLike<unknown> | undefined) => {
      waiting += 1;
      const done = () => void (waiting -= 1);
      last = Promise.resolve(work).then(done);
    };
    wait(ready.then(() => driver.delivering));
    const later = (work: () => PromiseLike<unknown> | void) => {
      const doing = () => (this.#isCurrent ? work() : undefined);
      // `work` runs at once if nothing has to be waited for: a promise for each event would cost more than the event.
      const held = waiting ? last.then(doing) : doing();
      if (held) wait(held);
    };
    // Unless events or silence are judged, the core needs only the last event ID, and only before it decides.
    const isEach = isJudged(settings);
    // An event without an ID keeps the previous one, which a new native source doesn't know.
    let hasId = false;
    let position = this.attempt.id;
    let isTold = true;
    this.flush = () => {
      if (isTold) return;
      driver.counters.told();
      driver.session!.receiveNative(this.number, ["", position, ""]);
      isTold = true;
    };
    this.native = openNative(settings, this.attempt, listener.types(), {
      open: () =>
        later(() => {
          this.#place.taken();
          driver.origin = settings.url.origin;
          driver.answered = undefined;
          this.#tell(Input.NativeOpen);
        }),
      error: (gaveUp) => later(() => this.#tell(Input.NativeError, gaveUp ? 1 : 0)),
      event: ({ type, data, lastEventId, origin }) => {
        const time = now();
        later(() => {
          const session = driver.session!;
          driver.origin = origin;
          let passage = 1;
          if (isEach) {
            passage = session.receiveNative(this.number, [type, lastEventId, data]);
            position = session.text();
          } else {
            driver.counters.count(data, time);
            if ((hasId ||= !!lastEventId)) {
              position = lastEventId;
              isTold = false;
            }
          }
          if (passage === 2) driver.gap();
          const taken = passage ? driver.native(type, data, position, time) : undefined;
          const held = typeof taken === "object" ? this.#hold(taken) : undefined;
          const settle = () => {
            if (settings.asked.until && this.#isCurrent) driver.settle();
          };
          if (held) return held.then(settle);
          return settle();
        });
      },
    });
  }
}
