// The types of `everstream/solid`.

import type { LiveStore } from "./live.js";
import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Facts, Nothing, SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";

/** A plain value, or an accessor. */
type MaybeAccessor<T> = T | (() => T);

/** A stream as a component sees it: an accessor for each fact. */
export type StreamAccessors<Events extends EventMap = Record<string, any>> = StreamControls & {
  readonly [Name in keyof Facts]: () => Facts<Events>[Name];
};

/**
 * Opens a source when the component is mounted, and closes it with its owner. Another URL opens another source. Without
 * a URL, and on the server, nothing is opened. Options given as an accessor are read at each attempt for the latest
 * `headers` and functions. The accessors throw the constructor's error, which an `ErrorBoundary` catches. Unlike a
 * plain source it retries after 503 and the like, as with `retry: {}`, unless `retry` says otherwise.
 */
export function createEventSource<Events extends EventMap = Record<string, any>>(
  url: MaybeAccessor<string | URL | Nothing>,
  options?: MaybeAccessor<SourceViewOptions<Events>>,
): StreamAccessors<Events>;

/** Opens a channel while its owner lives. A function for the multiplexer is called on the client alone. */
export function createChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: MaybeAccessor<Name | Nothing>,
  options?: MaybeAccessor<ChannelOptions & ViewOptions<Channels[Name] & object>>,
): StreamAccessors<Channels[Name] & object>;

/** Follows a live state while its owner lives. */
export function useLive<Snapshot>(live: LiveStore<Snapshot>): () => Snapshot;
