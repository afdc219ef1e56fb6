// What tabs share, as WebAssembly exports it. Its other half is `src/npm/tabs` in Rust.

import type { Core, CoreExports, Records } from "./core.js";
import { encoder } from "./platform.js";
import type { Settings } from "./settings.js";

/** What can happen to a tab, besides messages and what the connection brings. */
export const enum TabInput {
  Held,
  Lost,
  Refused,
  Leave,
  Return,
  Timeout,
  Close,
}

/** What a tab wants done. */
export const enum TabOutput {
  Nothing,
  Send,
  RequestLock,
  StealLock,
  ReleaseLock,
  Open,
  Close,
  Sharing,
  Channels,
}

/** The records that are only a tab's. */
export const enum TabRecord {
  Gap = -6,
  Argument = -8,
  State = -12,
}

/** By the core's numbers. */
export const ROLES = ["leader", "follower", "alone"] as const;

interface Exports extends CoreExports {
  tab_version(): number;
  tab_open(isMux: number, hasLocks: number, idLength: number, monotonic: number, wall: number): number;
  tab_subscribe(id: number): number;
  tab_unsubscribe(id: number): void;
  tab_flush(id: number): void;
  tab_handle(id: number, input: number, monotonic: number, wall: number): void;
  tab_hear(id: number, monotonic: number, wall: number): void;
  tab_poll(id: number): number;
  tab_tell(id: number): number;
  tab_timeout(id: number, monotonic: number, wall: number): number;
  tab_forget(id: number): void;
}


/** One tab of a core. */
export class TabCore {
  readonly #wasm: Exports;
  readonly #id: number;

  constructor(
    readonly core: Core,
    settings: Settings,
    hasLocks: boolean,
    isMux: boolean,
  ) {
    this.#wasm = core.wasm as Exports;
    const { numbers, lastEventId, url } = settings;
    core.writeOptions(numbers, lastEventId + url.href);
    const { length } = encoder.encode(lastEventId);
    this.#id = this.#wasm.tab_open(+isMux, +hasLocks, length, performance.now(), Date.now());
  }

  /** Of the messages: tabs of different ones do not hear each other. */
  get version(): number {
    return this.#wasm.tab_version();
  }

  /** Adds a channel to those of this tab, and returns its number. */
  subscribe(name: string): number {
    this.core.write(encoder.encode(name));
    return this.#wasm.tab_subscribe(this.#id);
  }

  unsubscribe(name: string): void {
    this.core.write(encoder.encode(name));
    this.#wasm.tab_unsubscribe(this.#id);
  }

  /** Asks for the channels that there are by now. */
  flush(): void {
    this.#wasm.tab_flush(this.#id);
  }

  handle(input: TabInput): void {
    this.#wasm.tab_handle(this.#id, input, performance.now(), Date.now());
  }

  hear(said: Uint8Array): void {
    this.core.write(said);
    this.#wasm.tab_hear(this.#id, performance.now(), Date.now());
  }

  poll(): TabOutput {
    return this.#wasm.tab_poll(this.#id);
  }

  /** The message that is to be sent. */
  said(): Uint8Array {
    return this.core.bytes().slice();
  }

  /** What there is for the listeners. */
  tell(): Records {
    return this.core.records(this.#wasm.tab_tell(this.#id));
  }

  timeout(): number {
    return this.#wasm.tab_timeout(this.#id, performance.now(), Date.now());
  }

  forget(): void {
    this.#wasm.tab_forget(this.#id);
  }
}
