// The core, as WebAssembly exports it, and the numbers it is spoken to in. Their other half is
// `src/npm` in Rust.

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
}

/** The bits of the first option. */
export const enum Flag {
  Native = 1,
  NotIdempotent = 2,
  CrossOrigin = 4,
  Query = 8,
  Refreshable = 16,
  Pauses = 32,
  Retry = 64,
  NoJitter = 128,
  Asks = 256,
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
}

/** Instead of an end: the position is that of the event before. */
export const SAME = -1;

interface Exports {
  memory: WebAssembly.Memory;
  inbox(length: number): number;
  words(): number;
  open(): number;
  handle(id: number, input: number, detail: number, monotonic: number, wall: number): void;
  respond(id: number, status: number, typeLength: number, retryAfter: number, monotonic: number, wall: number): void;
  receive(id: number, monotonic: number, wall: number): number;
  receive_native(id: number, length: number, monotonic: number, wall: number): void;
  poll(id: number): number;
  timeout(id: number, monotonic: number, wall: number): number;
  forget(id: number): void;
}

/** Of every core; one with the multiplexer has more. */
export type CoreExports = Exports;

export type Decide = (code: number, detail: number) => number;

const encoder = new TextEncoder();
// What begins with a byte order mark is still the data of an event.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One instance of the core, shared by all sources. */
export class Core {
  readonly wasm: Exports;
  readonly #words: number;
  readonly #deciders = new Map<number, Decide>();
  #deciding = false;

  constructor(instantiate: (imports: WebAssembly.Imports) => WebAssembly.Instance) {
    const decide = (id: number, code: number, detail: number): number => {
      this.#deciding = true;
      try {
        return this.#deciders.get(id)?.(code, detail) ?? Answer.Default;
      } finally {
        this.#deciding = false;
      }
    };
    const exports = instantiate(imports(decide)).exports as unknown as Exports;
    this.wasm = exports;
    this.#words = exports.words();
  }

  /** The core is asking somebody: it can't be told anything until it has its answer. */
  get isDeciding(): boolean {
    return this.#deciding;
  }

  /** A new source. */
  open(numbers: Float64Array, lastEventId: string, decide: Decide | undefined): number {
    this.writeOptions(numbers, lastEventId);
    const source = this.wasm.open();
    this.ask(source, decide);
    return source;
  }

  /** What a source is made of. */
  writeOptions(numbers: Float64Array, lastEventId: string): void {
    const id = encoder.encode(lastEventId);
    const all = new Uint8Array(numbers.byteLength + id.length);
    all.set(new Uint8Array(numbers.buffer));
    all.set(id, numbers.byteLength);
    this.write(all);
  }

  /** Whom to ask about the failures of a source. */
  ask(id: number, decide: Decide | undefined): void {
    if (decide) this.#deciders.set(id, decide);
  }

  handle(id: number, input: Input, detail = 0): void {
    this.wasm.handle(id, input, detail, performance.now(), Date.now());
  }

  respond(id: number, status: number, contentType: string, excerpt: string, retryAfter: number): void {
    this.write(encoder.encode(contentType + excerpt));
    const { length } = encoder.encode(contentType);
    this.wasm.respond(id, status, length, retryAfter, performance.now(), Date.now());
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

  /** Takes note of an event of the native `EventSource` and returns the position. */
  receiveNative(id: number, lastEventId: string, length: number): string {
    this.write(encoder.encode(lastEventId));
    this.wasm.receive_native(id, length, performance.now(), Date.now());
    return this.text();
  }

  poll(id: number): Output {
    return this.wasm.poll(id);
  }

  timeout(id: number): number {
    return this.wasm.timeout(id, performance.now(), Date.now());
  }

  forget(id: number): void {
    this.#deciders.delete(id);
    this.wasm.forget(id);
  }

  /** One of the numbers of the last answer. */
  word(place: number): number {
    return new Float64Array(this.wasm.memory.buffer, this.#words, 8)[place]!;
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

// wasm-bindgen ends each name by a hash of its own. The other two things it would import are never
// called: no value of JavaScript crosses the boundary, and nothing throws across it.
function imports(decide: (id: number, code: number, detail: number) => number): WebAssembly.Imports {
  const named = (_: object, name: string) => (name.includes("decide") ? decide : () => {});
  return { "./everstream_bg.js": new Proxy({}, { get: named as never }) };
}
