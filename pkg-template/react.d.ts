// The types of `everstream/react`.

import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Nothing, Snapshot, SourceViewOptions, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { Snapshot, SourceViewOptions } from "./store-types.js";

export interface HookOptions<Events extends EventMap = Record<string, any>> extends ViewOptions<Events> {
  /**
   * When it changes, another stream is opened. Of other options `headers` and functions are those of the latest
   * rendering at each attempt; the rest is read when a stream is opened.
   */
  key?: unknown;
}

/**
 * Opens a source when the component is mounted and closes it when it is unmounted; without a URL nothing is
 * open. On the server nothing is opened. A component is rendered once for all events that come together. What the
 * constructor throws, the component throws: an error boundary catches it. Unlike a source of your own it tries again
 * after 503 and the like, as with `retry: {}`; `retry` says otherwise.
 */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: SourceViewOptions<Events> & HookOptions<Events>,
): Snapshot<Events>;

/**
 * Asks for a channel as long as the component is mounted. A function is asked for the multiplexer on the
 * client alone.
 */
export function useChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: Name | Nothing,
  options?: ChannelOptions & HookOptions<Channels[Name] & object>,
): Snapshot<Channels[Name] & object>;
