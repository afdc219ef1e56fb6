// The core, as WebAssembly exports it, and the numbers it is spoken to in. Their other half is
// `src/npm` in Rust.

import { decoder, encoder } from "./platform.js";

/** What can happen, besides answers and pieces of the stream. */
export const enum Input {
  Start,
  Disconnected,
  Ended,
  NoHeaders,
  Futile,
  NativeOpen,
  NativeError,
  Timeout,
  Signal,
  Reconnect,
  ReadingResumed,
  NoContinuation,
  RequireFetch,
}

/** What the core wants done. */
export const enum Output {
  Nothing,
  Connect,
  Disconnect,
  Connecting,
  Open,
  Waiting,
  Paused,
  Closed,
  Gap,
  Event,
  End,
}

/** The bits of the first option. */
export const enum Flag {
  Native = 1,
  Once = 2,
  CrossOrigin = 4,
  Query = 8,
  Refreshable = 16,
  Pauses = 32,
  Retry = 64,
  NoJitter = 128,
  Asks = 256,
  ContinuesByGet = 512,
  Continues = 1024,
  ClosesAtEnd = 2048,
  DeliversUnfinished = 4096,
  NoReplay = 8192,
  AsksFollows = 32768,
  AsksUntil = 65536,
  QueryNamed = 131072,
  Auto = 262144,
}

/** What an answer is read as. */
export const enum Kind {
  EventStream,
  Whole,
  Unexpected,
}

/** What the user's `retry` function can answer besides a number of milliseconds. */
export const enum Answer {
  Retry = -1,
  Stop = -2,
  Default = -3,
}

/** The numbers of records that are no events. */
export const enum Record {
  Type = -1,
  Comment = -2,
  TooLarge = -3,
  Missing = -13,
}

/** Instead of an end: the position is that of the event before. */
export const SAME = -1;

interface Exports {
  memory: WebAssembly.Memory;
  inbox(length: number): number;
  words(): number;
  open(): number;
  handle(id: number, input: number, detail: number, monotonic: number, wall: number): void;
  respond(
    id: number,
    status: number,
    kind: Kind,
    typeLength: number,
    idLength: number,
    retryAfter: number,
    monotonic: number,
    wall: number,
  ): void;
  receive(id: number, monotonic: number, wall: number): number;
  receive_native(id: number, typeLength: number, idLength: number, monotonic: number, wall: number): number;
  has_output(id: number): number;
  poll(id: number): number;
  timeout(id: number, monotonic: number, wall: number): number;
  forget(id: number): void;
}

/** Of every core; one with the multiplexer has more. */
export type CoreExports = Exports;

/** What the core asks the user for, of one source. */
export interface Asked {
  decide?: ((code: number, detail: number, failures: number) => number) | undefined;
  /** Whether the stream ends at an event: 0 if not, 1 before it, 2 behind it. */
  until?: ((type: string, data: string, lastEventId: string) => number) | undefined;
  follows?: ((previous: string, next: string) => boolean) | undefined;
}

/** One instance of the core, shared by all sources. */
export class Core {
  readonly wasm: Exports;
  readonly #words: number;
  readonly #asked = new Map<number, Asked>();
  #deciding = false;

  constructor(instantiate: (imports: WebAssembly.Imports) => WebAssembly.Instance) {
    // By the names that they are imported by; none of them throws.
    const asking = (ask: (asked: Asked, ...rest: number[]) => number) => (id: number, ...rest: number[]) => {
      this.#deciding = true;
      const answer = ask(this.#asked.get(id) ?? {}, ...rest);
      this.#deciding = false;
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
    const exports = instantiate(imports(functions)).exports as unknown as Exports;
    this.wasm = exports;
    this.#words = exports.words();
  }

  /** The core is asking somebody: it can't be told anything until it has its answer. */
  get isDeciding(): boolean {
    return this.#deciding;
  }

  /** A new source. */
  open(numbers: Float64Array, lastEventId: string): number {
    this.writeOptions(numbers, lastEventId);
    return this.wasm.open();
  }

  /** What a source is made of. */
  writeOptions(numbers: Float64Array, lastEventId: string): void {
    const id = encoder.encode(lastEventId);
    const all = new Uint8Array(numbers.byteLength + id.length);
    all.set(new Uint8Array(numbers.buffer));
    all.set(id, numbers.byteLength);
    this.write(all);
  }

  /** Whom to ask about a source. */
  ask(id: number, asked: Asked): void {
    this.#asked.set(id, asked);
  }

  handle(id: number, input: Input, detail = 0): void {
    this.wasm.handle(id, input, detail, performance.now(), Date.now());
  }

  respond(id: number, status: number, kind: Kind, head: readonly [type: string, id: string, excerpt: string], retryAfter: number): void {
    const [type, lastEventId] = this.#write(head);
    this.wasm.respond(id, status, kind, type!, lastEventId!, retryAfter, performance.now(), Date.now());
  }

  /** The records of a piece. */
  receive(id: number, bytes: Uint8Array): Records {
    this.write(bytes);
    return this.records(this.wasm.receive(id, performance.now(), Date.now()));
  }

  /** So many records, as the last call has left them. */
  records(count: number): Records {
    if (!count) return [NO_RECORDS, ""];
    // A copy: whoever is told of an event may make a source, and memory may move.
    const place = this.word(2);
    return [new Int32Array(this.wasm.memory.buffer.slice(place, place + count * 12)), this.text()];
  }

  /**
   * Takes note of an event of the native `EventSource`: its type, ID and data. Returns whether it is to be
   * delivered: 0 not, 1 as it is, 2 behind a gap. The text is the position.
   */
  receiveNative(id: number, event: readonly [type: string, id: string, data: string]): number {
    const [type, lastEventId] = this.#write(event);
    return this.wasm.receive_native(id, type!, lastEventId!, performance.now(), Date.now());
  }

  /** Whether there is something to poll for. */
  hasOutput(id: number): boolean {
    return !!this.wasm.has_output(id);
  }

  /** Writes texts behind one another, and returns their lengths. */
  #write(texts: readonly string[]): number[] {
    const encoded = texts.map((text) => encoder.encode(text));
    let place = this.wasm.inbox(encoded.reduce((sum, { length }) => sum + length, 0));
    for (const bytes of encoded) {
      new Uint8Array(this.wasm.memory.buffer, place, bytes.length).set(bytes);
      place += bytes.length;
    }
    return encoded.map(({ length }) => length);
  }

  poll(id: number): Output {
    return this.wasm.poll(id);
  }

  timeout(id: number): number {
    return this.wasm.timeout(id, performance.now(), Date.now());
  }

  forget(id: number): void {
    this.#asked.delete(id);
    this.wasm.forget(id);
  }

  /** One of the numbers of the last answer. */
  word(place: number): number {
    return new Float64Array(this.wasm.memory.buffer, this.#words, 9)[place]!;
  }

  /** The text of the last answer. */
  text(): string {
    return decoder.decode(this.bytes());
  }

  /** The same as bytes, until the core is called again. */
  bytes(): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, this.word(0), this.word(1));
  }

  write(bytes: Uint8Array): void {
    const place = this.wasm.inbox(bytes.length);
    new Uint8Array(this.wasm.memory.buffer, place, bytes.length).set(bytes);
  }
}

/** Three numbers each, and the text that they cut up. */
export type Records = [records: Int32Array, text: string];

const NO_RECORDS = new Int32Array(0);

// wasm-bindgen ends each name by a hash of its own. The other things it would import are never called: no value
// of JavaScript crosses the boundary, and nothing throws across it.
function imports(functions: { [name: string]: (id: number, ...rest: number[]) => number }): WebAssembly.Imports {
  const named = (_: object, name: string) => functions[/_wbg_([a-z_]+)_\w+$/.exec(name)?.[1] ?? ""] ?? (() => {});
  return { "./everstream_bg.js": new Proxy({}, { get: named as never }) };
}
