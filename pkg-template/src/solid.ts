// `everstream/solid`: accessors over a stream that lives as long as its owner.

import { createEffect, createMemo, createSignal, onCleanup } from "solid-js";

import type { Snapshot, Store } from "./store.js";
import { channelStore, sourceStore, type ChannelViewOptions, type MuxOf, type SourceOptions, type Target } from "./stores.js";

/** A plain value, or an accessor. */
type Given<T> = T | (() => T);
const read = <T>(given: Given<T>): T => (typeof given === "function" ? (given as () => T)() : given);

function createView(make: () => Store) {
  const store = createMemo(make);
  const [version, change] = createSignal(undefined, { equals: false });
  // Effects don't run on a server.
  createEffect(() => onCleanup(store().subscribe(() => change())));
  const snapshot = createMemo(() => {
    version();
    return store().getSnapshot();
  });
  const fact = <Name extends keyof Snapshot>(name: Name) => createMemo(() => snapshot()[name]);
  return {
    type: fact("type"),
    event: fact("event"),
    data: fact("data"),
    lastEventId: fact("lastEventId"),
    state: fact("state"),
    readyState: fact("readyState"),
    error: fact("error"),
    retryIn: fact("retryIn"),
    reconnect: () => store().initial.reconnect(),
    reopen: () => store().initial.reopen(),
    close: () => store().initial.close(),
  };
}

/** Options may be an accessor, which is read for the latest ones. */
export function createEventSource(url: Given<Target>, options: Given<SourceOptions> = {}) {
  return createView(() => sourceStore(read(url), () => read(options)));
}

/** A function for `mux` is called on the client alone. */
export function createChannel(
  mux: MuxOf,
  name: Given<string | null | undefined | false>,
  options: Given<ChannelViewOptions> = {},
) {
  return createView(() => channelStore(mux, read(name), () => read(options)));
}

/** A live state, or another store of this shape. */
interface Live<Snapshot> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Snapshot;
}

export function useLive<Snapshot>({ subscribe, getSnapshot }: Live<Snapshot>): () => Snapshot {
  const [version, change] = createSignal(undefined, { equals: false });
  // Effects don't run on a server.
  createEffect(() => onCleanup(subscribe(() => change())));
  return createMemo(() => {
    version();
    return getSnapshot();
  });
}
