// `everstream/react`: hooks. A component holds a stream while it is mounted.

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import type { Snapshot, Store } from "./store.js";
import { channelStore, sourceStore, type ChannelViewOptions, type MuxOf, type SourceOptions, type Target } from "./stores.js";

interface Keyed {
  /** Opens another stream when it changes. */
  key?: unknown;
}

function useStore<Given extends Keyed>(make: (options: () => Given) => Store, options: Given, keys: readonly unknown[]): Snapshot {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const store = useMemo(() => make(() => latest.current), [...keys, options.key]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot, () => store.initial);
}

export function useEventSource(url: Target, options: SourceOptions & Keyed = {}): Snapshot {
  const target = url ? `${url}` : undefined;
  return useStore((latest) => sourceStore(target, latest), options, [target]);
}

export function useChannel(
  mux: MuxOf,
  name: string | null | undefined | false,
  options: ChannelViewOptions & Keyed = {},
): Snapshot {
  return useStore((latest) => channelStore(mux, name, latest), options, [typeof mux === "function" ? undefined : mux, name]);
}

/** A live state, or another store of this shape. */
interface Live<Snapshot> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Snapshot;
  getInitialSnapshot(): Snapshot;
}

export function useLive<Snapshot>({ subscribe, getSnapshot, getInitialSnapshot }: Live<Snapshot>): Snapshot {
  return useSyncExternalStore(subscribe, getSnapshot, getInitialSnapshot);
}
