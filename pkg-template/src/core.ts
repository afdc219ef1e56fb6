// The core, as WebAssembly exports it: functions over numbers, and two buffers for text. The Rust half is
// `pkg-template/core`.

import { decoder, encoder } from "./platform.js";
import type { Attempt, Planned } from "./request.js";
import type { Settings } from "./settings.js";
import { Answer, type Input, type Kind, type Output, type SessionKind } from "./tables.js";

/** Stands in for an end offset: the last event ID is that of the event before. */
export const SAME = -1;

export interface Exports {
  memory: WebAssembly.Memory;
  inbox(length: number): number;
  open(kind: SessionKind, idLength: number, untilLength: number, hasLocks: number, monotonic: number, wall: number): number;
  words(id: number): number;
  handle(id: number, input: Input, link: number, detail: number, monotonic: number, wall: number): void;
  answer_kind(status: number, typeLength: number): Kind;
  respond(
    id: number,
    link: number,
    status: number,
    kind: Kind,
    typeLength: number,
    idLength: number,
    retryAfter: number,
    monotonic: number,
    wall: number,
  ): void;
  receive(id: number, link: number, monotonic: number, wall: number): number;
  receive_native(id: number, link: number, typeLength: number, idLength: number, monotonic: number, wall: number): number;
  poll(id: number): Output;
  tell(id: number): number;
  timeout(id: number, monotonic: number, wall: number): number;
  stats(id: number, monotonic: number, wall: number): number;
  forget(id: number): void;
  // Exports of a core with channels.
  subscribe(id: number, channel: number, idLength: number): void;
  unsubscribe(id: number, channel: number): void;
  plan(id: number, link: number): number;
  answer(id: number, number: number, status: number, monotonic: number, wall: number): void;
  // Exports of a core with tabs.
  hear(id: number, monotonic: number, wall: number): void;
  version(): number;
}

/** User functions that the core asks, of one session. */
export interface Asked {
  decide?: ((code: number, detail: number, failures: number) => number) | undefined;
  /** Whether the stream ends at an event: 0 if not, 1 before it, 2 after it. */
  until?: ((type: string, data: string, lastEventId: string) => number) | undefined;
  follows?: ((previous: string, next: string) => boolean) | undefined;
}

/** One instance of the core, shared by all sessions. */
export class Core {
  readonly wasm: Exports;
  readonly asked = new Map<number, Asked>();
  #asking = false;

  constructor(instantiate: (imports: WebAssembly.Imports) => WebAssembly.Instance) {
    // `functions` is keyed by the names of the imports. None of its members throws.
    const asking = (ask: (asked: Asked, ...rest: number[]) => number) => (id: number, ...rest: number[]) => {
      this.#asking = true;
      const answer = ask(this.asked.get(id) ?? {}, ...rest);
      this.#asking = false;
      return answer;
    };
    const text = (place: number, length: number) => decoder.decode(new Uint8Array(this.wasm.memory.buffer, place, length));
    const functions = {
      decide: asking(({ decide }, code, detail, failures) => decide?.(code!, detail!, failures!) ?? Answer.Default),
      ends_at: asking(
        ({ until }, ...places) =>
          until?.(text(places[0]!, places[1]!), text(places[2]!, places[3]!), text(places[4]!, places[5]!)) ?? 0,
      ),
      follows: asking(({ follows }, ...places) => +!follows || +follows!(text(places[0]!, places[1]!), text(places[2]!, places[3]!))),
    };
    this.wasm = instantiate(imports(functions)).exports as unknown as Exports;
  }

  /** Whether the core is asking a user's function. No input may reach it until it has its answer. */
  get isAsking(): boolean {
    return this.#asking;
  }

  /** Writes texts to the inbox, one after the other, and returns their lengths in bytes. */
  write(...texts: readonly (string | Uint8Array)[]): number[] {
    const encoded = texts.map((text) => (typeof text === "string" ? encoder.encode(text) : text));
    const lengths = encoded.map(({ length }) => length);
    let place = this.wasm.inbox(lengths.reduce((sum, length) => sum + length));
    for (const bytes of encoded) {
      new Uint8Array(this.wasm.memory.buffer, place, bytes.length).set(bytes);
      place += bytes.length;
    }
    return lengths;
  }

  /** Returns how to read an answer to a request with this `Accept` header. */
  kindOf(status: number, type: string, accept: string): Kind {
    const [length] = this.write(type, accept);
    return this.wasm.answer_kind(status, length!);
  }
}

/** One session of a core. */
export class Session {
  readonly #wasm: Exports;
  readonly #words: number;
  readonly id: number;

  constructor(
    readonly core: Core,
    kind: SessionKind,
    { numbers, lastEventId, url, asked }: Settings,
    hasLocks = false,
  ) {
    const until = typeof asked.until === "string" ? asked.until : "";
    const lengths = core.write(new Uint8Array(numbers.buffer), lastEventId, until, url.href);
    this.#wasm = core.wasm;
    this.id = core.wasm.open(kind, lengths[1]!, lengths[2]!, +hasLocks, performance.now(), Date.now());
    this.#words = core.wasm.words(this.id);
  }

  handle(input: Input, link = 0, detail = 0): void {
    this.#wasm.handle(this.id, input, link, detail, performance.now(), Date.now());
  }

  respond(link: number, status: number, kind: Kind, head: readonly [type: string, id: string, excerpt: string], retryAfter: number): void {
    const [type, lastEventId] = this.core.write(...head);
    this.#wasm.respond(this.id, link, status, kind, type!, lastEventId!, retryAfter, performance.now(), Date.now());
  }

  /** Hands a piece to the core, and returns its records. */
  receive(link: number, bytes: Uint8Array): Records {
    this.core.write(bytes);
    return this.#records(this.#wasm.receive(this.id, link, performance.now(), Date.now()));
  }

  /**
   * Hands an event of the native `EventSource` to the core: its type, ID and data. Returns 0 if it must not be
   * delivered, 1 if it is delivered as it is, 2 if it follows a gap. `text()` then returns the last event ID.
   */
  receiveNative(link: number, event: readonly [type: string, id: string, data: string]): number {
    const [type, lastEventId] = this.core.write(...event);
    return this.#wasm.receive_native(this.id, link, type!, lastEventId!, performance.now(), Date.now());
  }

  poll(): Output {
    return this.#wasm.poll(this.id);
  }

  /** Returns the records for the listeners that no piece brought. */
  tell(): Records {
    return this.#records(this.#wasm.tell(this.id));
  }

  timeout(): number {
    return this.#wasm.timeout(this.id, performance.now(), Date.now());
  }

  /**
   * Returns the attempts, the attempts that opened, the events, the bytes, and the milliseconds since the last arrival,
   * which are negative if nothing has arrived. While the core asks a user's function, and after a slip, there are none.
   */
  stats(): number[] | undefined {
    if (!this.#wasm.stats(this.id, performance.now(), Date.now())) return undefined;
    return [0, 1, 2, 3, 4].map((place) => this.number(place));
  }

  forget(): void {
    this.core.asked.delete(this.id);
    this.#wasm.forget(this.id);
  }

  /** Reads `count` records that the last call left. */
  #records(count: number): Records {
    if (!count) return [NO_RECORDS, ""];
    // Copied, because a listener may create a source, and then the memory may move.
    const place = this.#word(2);
    return [new Int32Array(this.#wasm.memory.buffer.slice(place, place + count * 12)), this.text()];
  }

  /** Reads a number of the last answer. */
  #word(place: number): number {
    return new Float64Array(this.#wasm.memory.buffer, this.#words, 9)[place]!;
  }

  /** Reads a number of the last answer, past the three for its text and records. */
  number(place: number): number {
    return this.#word(3 + place);
  }

  /** Returns the text of the last answer. */
  text(): string {
    return decoder.decode(this.bytes());
  }

  /** Returns that text as bytes, valid until the core is called again. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer, this.#word(0), this.#word(1));
  }

  /** Returns the attempt that `Output.Connect` asks for. */
  attempt(): Attempt {
    return {
      number: this.number(1),
      native: !!this.number(2),
      resume: this.number(3),
      id: this.text(),
      unauthorized: !!this.number(4),
      continues: !!this.number(5),
    };
  }

  /** Returns the request of the last answer. */
  request(): Planned {
    const text = this.text();
    const [method, url, type] = [this.number(2), this.number(3), this.number(4)];
    return {
      method: text.slice(0, method),
      url: text.slice(method, url),
      type: text.slice(url, type),
      body: text.slice(type),
    };
  }
}

/** Three numbers a record, and the text that they cut up. */
export type Records = [records: Int32Array, text: string];

const NO_RECORDS = new Int32Array(0);

// wasm-bindgen appends a hash to each name. Its other imports are never called: no value of JavaScript crosses the
// boundary, and nothing throws across it.
function imports(functions: { [name: string]: (id: number, ...rest: number[]) => number }): WebAssembly.Imports {
  const named = (_: object, name: string) => functions[/_wbg_([a-z_]+)_\w+$/.exec(name)?.[1] ?? ""] ?? (() => {});
  return { "./everstream_npm_bg.js": new Proxy({}, { get: named as never }) };
}
