// The types of `everstream/react`.

import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { AnyEvent, EventMap, EventSourceError, EventSourceOptions, StandardSchema, State } from "./types.js";

/** What a component sees of a stream. */
export interface Snapshot<Events extends EventMap = Record<string, any>> {
  /** The latest. A component is rendered once for all events that come together. */
  readonly event: AnyEvent<Events> | undefined;
  /** Its data. */
  readonly data: AnyEvent<Events>["data"] | undefined;
  readonly state: State;
  readonly readyState: 0 | 1 | 2;
  /** What went wrong last, until the stream is open again. */
  readonly error: EventSourceError | undefined;
  /** Drops the connection and connects anew at once, resuming. The same function at each rendering. */
  reconnect(): void;
  /** Closes for good. The same function at each rendering. */
  close(): void;
}

export interface HookOptions<Events extends EventMap = Record<string, any>> {
  /** Only events of this type are shown. */
  type?: keyof Events & string;
  /** Called with every event that is shown, also with those between two renderings. */
  onEvent?: (event: AnyEvent<Events>) => void;
  /** When it changes, another stream is opened. Other options than this one are read when one is. */
  key?: unknown;
}

type Nothing = null | undefined | false;

/**
 * Opens a source when the component is mounted and closes it when it is unmounted; without a URL nothing is
 * open. On the server nothing is opened. What the constructor throws, the component throws: an error boundary
 * catches it.
 */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: EventSourceOptions<Record<string, StandardSchema>> & HookOptions<Events>,
): Snapshot<Events>;

/**
 * Asks for a channel as long as the component is mounted. A function is asked for the multiplexer on the
 * client alone.
 */
export function useChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: Name | Nothing,
  options?: ChannelOptions<Record<string, StandardSchema>> & HookOptions<Channels[Name] & object>,
): Snapshot<Channels[Name] & object>;
