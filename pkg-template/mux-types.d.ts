// The types of `everstream/mux`.

import type {
  AddListenerOptions,
  AsyncDispose,
  EventMap,
  EventSourceErrorEvent,
  EventSourceOptions,
  EventStream,
  EventsWith,
  Listener,
  ListenerOptions,
  OwnEventMap,
  SchemaMap,
  Sharing,
  SourceStats,
  State,
} from "./types.js";

/**
 * Maps a server's channels, by name, to the events of each, by type:
 * `{ prices: { tick: Price }; [chat: `chat:${string}`]: { message: string } }`.
 */
export type ChannelMap = object;

/**
 * Options of an `EventSource`, except those that the protocol decides. Without `retry` a multiplexer behaves as with
 * `{}`: it retries after growing random waits, also after 408, 425, 429 and 5xx.
 */
export type MuxOptions = Omit<
  EventSourceOptions,
  | "method"
  | "body"
  | "transport"
  | "shared"
  | "idempotent"
  | "end"
  | "resume"
  | "request"
  | "until"
  | "follows"
  | "replays"
  | "deliverUnfinished"
> & {
  transport?: "auto" | "fetch" | undefined;
  /**
   * Shares one connection, with the channels of all, with multiplexers of other tabs, windows, frames and workers of
   * the origin. Multiplexers share a connection when their URL, `withCredentials` and `shared` text are equal. Default:
   * each multiplexer has its own connection.
   *
   * - Needs `import 'everstream/shared'`. Excludes `pauseWhenHidden`.
   * - The leading tab's options are used for the connection. Where headers or cookies tell who the user is, the text
   *   must name the user.
   * - Errors of the connection's protocol are reported in the leading tab alone.
   * - A slow listener or loop doesn't hold the others up. Beyond about 16 MiB, a `gap` replaces the older half of the
   *   events that wait for it.
   */
  shared?: string | undefined;
};

/** Options of a channel. */
export interface ChannelOptions<Schemas extends SchemaMap = SchemaMap> {
  /**
   * Begins after the event with this ID instead of now. The channel must not exist yet.
   *
   * On a shared connection, the tabs' own log answers if it has every event of the channel since that one. Otherwise the
   * server is asked if no tab has the channel yet. If a tab has, the channel begins with a `gap`, and from now on.
   */
  lastEventId?: string | undefined;
  /** Parses the data of every event as JSON. Default: as for the multiplexer. */
  json?: boolean | undefined;
  /** Decodes base64. Default: as for the multiplexer. */
  bytes?: boolean | readonly string[] | undefined;
  /** Validators by event type. Default: those of the multiplexer. */
  schemas?: (Schemas & SchemaMap) | undefined;
}

/** The events of a multiplexer itself. */
export interface MuxEventMap {
  /** The connection is open. */
  open: Event;
  /** The connection was lost or refused, or an error concerns no single channel. */
  error: EventSourceErrorEvent;
  statechange: Event;
  /** `sharing` has changed. */
  sharingchange: Event;
}

/**
 * A channel: an `EventSource` without a connection of its own. A channel is open when the server sends it. When the
 * server completes it, it gets a `complete` event and is closed; when the server refuses it, an `error` event. A `gap`
 * event says that events may be missing from here on.
 */
export interface Channel<Events extends EventMap = Record<string, any>>
  extends EventStream<Events, ChannelEventMap> {
  readonly name: string;
}

/** The events of a channel itself. */
export interface ChannelEventMap extends OwnEventMap {
  /** The server has completed the channel. */
  complete: Event;
}

/**
 * Counters of a multiplexer so far, over all its connections, as of the call. On a shared connection the events are
 * those of this tab's channels, and attempts and bytes are 0.
 */
export interface MuxStats extends SourceStats {
  /** Number of channels that are asked for. */
  readonly channels: number;
  /** Number of connections now: one, or two while one replaces the other. None in a following tab. */
  readonly connections: number;
}

/** Many channels over one connection, which opens with the first of them and closes with the last. */
export interface Mux<Channels extends ChannelMap = Record<string, Record<string, any>>>
  extends EventTarget, AsyncDispose {
  readonly url: string;
  readonly withCredentials: boolean;
  /** State of the connection; `idle` without channels, since there is no connection then. */
  readonly state: State | "idle";
  /** Milliseconds between the last failure and the next attempt, while the multiplexer waits for it. */
  readonly retryIn: number | undefined;
  /** Last event ID of all channels, which a page keeps over a reload. */
  readonly lastEventId: string;
  /** Describes how the connection is shared; `undefined` without the option `shared`. */
  readonly sharing: Sharing | undefined;

  /**
   * Opens a channel, which begins now unless `lastEventId` is given. Each call with the same name returns a channel of
   * its own to close; closing the last one unsubscribes. Channels opened and closed by code that runs without a pause
   * make one change.
   */
  channel<Name extends keyof Channels & string, Schemas extends SchemaMap = {}>(
    name: Name,
    options?: ChannelOptions<Schemas>,
  ): Channel<EventsWith<Channels[Name] & object, Schemas>>;

  /** Returns the counters. */
  stats(): MuxStats;
  /** Drops the connection and reconnects at once, resuming. Has no effect once closed. */
  reconnect(): void;
  /** Closes the multiplexer and every channel for good. */
  close(): void;
  /** Returns the fields that consoles show. */
  toJSON(): object;

  addEventListener<Type extends keyof MuxEventMap>(
    type: Type,
    listener: Listener<this, MuxEventMap[Type]>,
    options?: boolean | AddListenerOptions,
  ): void;
  removeEventListener<Type extends keyof MuxEventMap>(
    type: Type,
    listener: Listener<this, MuxEventMap[Type]>,
    options?: boolean | ListenerOptions,
  ): void;
}

/** The class `Mux`. The type parameter is the map from channels to their events. */
export interface MuxConstructor {
  /**
   * Creates a multiplexer. It connects with its first channel. Throws a `TypeError` that names the option for options
   * that can't be used.
   */
  new <Channels extends ChannelMap = Record<string, Record<string, any>>>(
    url: string | URL,
    options?: MuxOptions,
  ): Mux<Channels>;
  readonly prototype: Mux;
}

/** The class of multiplexers: many channels over one connection. */
export declare const Mux: MuxConstructor;
