// `everstream/svelte`: streams whose getters are reactive under runes, and which are readable stores (`$prices.data`).

import { createSubscriber } from "svelte/reactivity";

import type { Snapshot, Store } from "./store.js";
import { channelStore, sourceStore, type ChannelViewOptions, type MuxOf, type SourceOptions, type Target } from "./stores.js";

/** A stream that is open while an effect reads it or it has a subscriber. */
class Reactive {
  readonly #store: Store;
  readonly #track: () => void;
  readonly reconnect: () => void;
  readonly reopen: () => void;
  readonly close: () => void;

  constructor(store: Store) {
    this.#store = store;
    this.#track = createSubscriber((update) => store.subscribe(update));
    ({ reconnect: this.reconnect, reopen: this.reopen, close: this.close } = store.initial);
  }

  /** All facts and controls at once. */
  get current(): Snapshot {
    this.#track();
    return this.#store.getSnapshot();
  }

  subscribe(run: (snapshot: Snapshot) => void): () => void {
    const { subscribe, getSnapshot } = this.#store;
    run(getSnapshot());
    return subscribe(() => run(getSnapshot()));
  }
}

interface Reactive extends Readonly<Omit<Snapshot, "reconnect" | "reopen" | "close">> {}

for (const name of ["type", "event", "data", "lastEventId", "state", "readyState", "error", "retryIn"] as const) {
  Object.defineProperty(Reactive.prototype, name, {
    get(this: Reactive) {
      return this.current[name];
    },
    enumerable: true,
  });
}

export type { Reactive };

export function eventSource(url: Target, options: SourceOptions = {}): Reactive {
  return new Reactive(sourceStore(url, () => options));
}

export function channel(mux: MuxOf, name: string | null | undefined | false, options: ChannelViewOptions = {}): Reactive {
  return new Reactive(channelStore(mux, name, () => options));
}

/** A live state, or another store of this shape. */
interface Live<Snapshot> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Snapshot;
}

export function live<Snapshot>({ subscribe, getSnapshot }: Live<Snapshot>) {
  const track = createSubscriber((update) => subscribe(update));
  return {
    get current(): Snapshot {
      track();
      return getSnapshot();
    },
    subscribe(run: (snapshot: Snapshot) => void): () => void {
      run(getSnapshot());
      return subscribe(() => run(getSnapshot()));
    },
  };
}
