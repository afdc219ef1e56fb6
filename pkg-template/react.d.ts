// The types of `everstream/react`.

import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { AnyEvent, EventMap, EventSourceError, EventSourceOptions, State } from "./types.js";

/** What a component sees of a stream. */
export interface Snapshot<Events extends EventMap = Record<string, any>> {
  /** The latest. A component is rendered once for all events that come together. */
  readonly event: AnyEvent<Events> | undefined;
  /** Its data. */
  readonly data: AnyEvent<Events>["data"] | undefined;
  readonly state: State;
  readonly readyState: 0 | 1 | 2;
  /** What went wrong last, until the stream is open again or the next good event comes. */
  readonly error: EventSourceError | undefined;
  /** In how many milliseconds it is tried again, where that is known. */
  readonly retryIn: number | undefined;
  /** Drops the connection and connects anew at once, resuming. The same function at each rendering. */
  reconnect(): void;
  /** Opens another stream in its place, as after an end. The same function at each rendering. */
  reopen(): void;
  /** Closes for good. The same function at each rendering. */
  close(): void;
}

export interface HookOptions<Events extends EventMap = Record<string, any>> {
  /** Only events of this type are shown. */
  type?: (keyof Events & string) | undefined;
  /** Called with every event that is shown, also with those between two renderings. */
  onEvent?: ((event: AnyEvent<Events>) => void) | undefined;
  /**
   * When it changes, another stream is opened. Of other options `headers`, `fetch` and `retry` are those of the
   * latest rendering at each attempt; the rest is read when a stream is opened.
   */
  key?: unknown;
}

type Nothing = null | undefined | false;

/**
 * Opens a source when the component is mounted and closes it when it is unmounted; without a URL nothing is
 * open. On the server nothing is opened. What the constructor throws, the component throws: an error boundary
 * catches it. Unlike a source of your own it tries again after 503 and the like, as with `retry: {}`; `retry` says
 * otherwise.
 */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: EventSourceOptions & HookOptions<Events>,
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
