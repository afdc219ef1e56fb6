// The types of `everstream/solid`.

import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Facts, Nothing, SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";

/** Plain, or an accessor. */
type MaybeAccessor<T> = T | (() => T);

/** What a component sees of a stream: an accessor for each fact. */
export type StreamAccessors<Events extends EventMap = Record<string, any>> = StreamControls & {
  readonly [Name in keyof Facts]: () => Facts<Events>[Name];
};

/**
 * Opens a source when the component is mounted and closes it with its owner; without a URL nothing is open, and
 * another URL opens another source. On a server nothing is opened. Options that are given as an accessor are asked
 * for the latest `headers` and functions at each attempt. What the constructor throws, the accessors throw: an
 * `ErrorBoundary` catches it. Unlike a source of your own it tries again after 503 and the like, as with `retry: {}`;
 * `retry` says otherwise.
 */
export function createEventSource<Events extends EventMap = Record<string, any>>(
  url: MaybeAccessor<string | URL | Nothing>,
  options?: MaybeAccessor<SourceViewOptions<Events>>,
): StreamAccessors<Events>;

/** Asks for a channel as long as its owner lives. A function is asked for the multiplexer on the client alone. */
export function createChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: MaybeAccessor<Name | Nothing>,
  options?: MaybeAccessor<ChannelOptions & ViewOptions<Channels[Name] & object>>,
): StreamAccessors<Channels[Name] & object>;
