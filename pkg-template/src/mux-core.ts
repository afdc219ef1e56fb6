// The multiplexer, as WebAssembly exports it. Its other half is `src/npm/mux` in Rust.

import type { Core, CoreExports, Records } from "./core.js";
import { encoder } from "./platform.js";
import type { Planned } from "./request.js";
import type { Settings } from "./settings.js";

/** What the multiplexer wants done. */
export const enum MuxOutput {
  Nothing,
  Open,
  Close,
  Control,
  Schedule,
  Closed,
}

/** The records that are only a multiplexer's. */
export const enum MuxRecord {
  Channel = -4,
  InForce = -5,
  Gap = -6,
  End = -7,
  Argument = -8,
  Position = -9,
  Failed = -10,
  NotInForce = -11,
  /** Of the connection for all tabs; zero: nobody has a channel. */
  State = -12,
}

/** The errors that are only a multiplexer's; the others are a source's. */
export const enum MuxError {
  Channel = 100,
  Protocol = 101,
}

interface Exports extends CoreExports {
  mux_open(idLength: number): number;
  mux_subscribe(id: number, idLength: number): number;
  mux_unsubscribe(id: number, number: number): void;
  mux_flush(id: number, monotonic: number, wall: number): void;
  mux_poll(id: number): number;
  mux_tell(id: number): number;
  mux_request(source: number): number;
  mux_answer(id: number, control: number, status: number, monotonic: number, wall: number): void;
  mux_is_in_use(id: number, source: number): number;
  mux_timeout(id: number, monotonic: number, wall: number): number;
  mux_forget(id: number): void;
}


/** One multiplexer of a core. */
export class MuxCore {
  readonly #wasm: Exports;
  readonly #id: number;

  /** One that the core has made has its number; without, a new one is made. */
  constructor(
    readonly core: Core,
    settings: Settings,
    number?: number,
  ) {
    this.#wasm = core.wasm as Exports;
    this.#id = number ?? this.#open(settings);
  }

  #open({ numbers, lastEventId, url }: Settings): number {
    const options = new Uint8Array(numbers.buffer);
    return this.#wasm.mux_open(this.#write(options, encoder.encode(lastEventId), encoder.encode(url.href)));
  }

  subscribe(name: string, after: string): number {
    const length = this.#write(NOTHING, encoder.encode(after), encoder.encode(name));
    return this.#wasm.mux_subscribe(this.#id, length);
  }

  unsubscribe(name: string, number: number): void {
    this.core.write(encoder.encode(name));
    this.#wasm.mux_unsubscribe(this.#id, number);
  }

  flush(): void {
    this.#wasm.mux_flush(this.#id, performance.now(), Date.now());
  }

  poll(): MuxOutput {
    return this.#wasm.mux_poll(this.#id);
  }

  /** What there is to tell the channels. */
  tell(): Records {
    return this.core.records(this.#wasm.mux_tell(this.#id));
  }

  /** What a source is to request. */
  requestOf(source: number): Planned | undefined {
    return this.#wasm.mux_request(source) ? this.request() : undefined;
  }

  /** The request of the last answer. */
  request(): Planned {
    const text = this.core.text();
    const [method, url, type] = [this.core.word(3), this.core.word(4), this.core.word(5)];
    return {
      method: text.slice(0, method),
      url: text.slice(method, url),
      type: text.slice(url, type),
      body: text.slice(type),
    };
  }

  answer(control: number, status: number, body: string): void {
    this.core.write(encoder.encode(body));
    this.#wasm.mux_answer(this.#id, control, status, performance.now(), Date.now());
  }

  isInUse(source: number): boolean {
    return !!this.#wasm.mux_is_in_use(this.#id, source);
  }

  timeout(): number {
    return this.#wasm.mux_timeout(this.#id, performance.now(), Date.now());
  }

  forget(): void {
    this.#wasm.mux_forget(this.#id);
  }

  /** Writes one behind the other, and returns the length of the second. */
  #write(first: Uint8Array, second: Uint8Array, third: Uint8Array): number {
    const all = new Uint8Array(first.length + second.length + third.length);
    all.set(first);
    all.set(second, first.length);
    all.set(third, first.length + second.length);
    this.core.write(all);
    return second.length;
  }
}

const NOTHING = new Uint8Array(0);
