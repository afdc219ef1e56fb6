// The types of `everstream/react`.

import type { LiveStore } from "./live.js";
import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Nothing, Snapshot, SourceViewOptions, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { Snapshot, SourceViewOptions } from "./store-types.js";

/** Options of the hooks, beside those of the stream itself. */
export interface HookOptions<Events extends EventMap = Record<string, any>> extends ViewOptions<Events> {
  /**
   * Opens another stream when it changes. At each attempt, `headers` and functions of the other options are those of
   * the latest rendering; the rest is read when a stream is opened.
   */
  key?: unknown;
}

/**
 * Opens a source when the component is mounted, and closes it when it is unmounted. Without a URL, and on the server,
 * nothing is opened. The component renders once for all events that arrive together. It throws the constructor's error,
 * which an error boundary catches. Unlike a plain source it retries after 503 and the like, as with `retry: {}`, unless
 * `retry` says otherwise.
 */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: SourceViewOptions<Events> & HookOptions<Events>,
): Snapshot<Events>;

/** Opens a channel while the component is mounted. A function for the multiplexer is called on the client alone. */
export function useChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: Name | Nothing,
  options?: ChannelOptions & HookOptions<Channels[Name] & object>,
): Snapshot<Channels[Name] & object>;

/** Follows a live state while the component is mounted. Create the state outside of the component, or in `useMemo`. */
export function useLive<Snapshot>(live: LiveStore<Snapshot>): Snapshot;
