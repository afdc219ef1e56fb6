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
 * The channels that a server has, by their names, with the events of each by their types:
 * `{ prices: { tick: Price }; [chat: `chat:${string}`]: { message: string } }`.
 */
export type ChannelMap = object;

/**
 * The options of an `EventSource` but those that the protocol decides. Without `retry` it is as with
 * `{}`: tried again after growing random waits, also after 408, 425, 429 and 5xx.
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
   * Shares one connection, with the channels of all, with the multiplexers of other tabs, windows, frames and
   * workers of the origin that have the same URL, the same `withCredentials` and the same text here. The
   * connection is made with the options of the tab that leads: where headers or cookies tell who the user is,
   * let the text name the user. Needs `import 'everstream/shared'`; excludes `pauseWhenHidden`, and
   * `lastEventId` of a channel. What is wrong with the connection's protocol is told in the leading tab alone.
   * A slow listener or loop does not hold the others up: beyond about 16 MiB the older half of what waits gives
   * way to a `gap`. Default: each multiplexer has its own connection.
   */
  shared?: string | undefined;
};

export interface ChannelOptions<Schemas extends SchemaMap = SchemaMap> {
  /**
   * Begins behind the event with this ID instead of now. The channel must not be there already, and the
   * connection not be shared.
   */
  lastEventId?: string | undefined;
  /** Parses the data of every event. Default: as the multiplexer has it. */
  json?: boolean | undefined;
  /** Decodes base64. Default: as the multiplexer has it. */
  bytes?: boolean | readonly string[] | undefined;
  /** Validators by event type. Default: those of the multiplexer. */
  schemas?: (Schemas & SchemaMap) | undefined;
}

/** The events of a multiplexer's own. */
export interface MuxEventMap {
  /** The connection is open. */
  open: Event;
  /** The connection was lost or refused, or something went wrong that concerns no channel alone. */
  error: EventSourceErrorEvent;
  statechange: Event;
  /** `sharing` has changed. */
  sharingchange: Event;
}

/**
 * A channel: what an `EventSource` of its own would be, without a connection of its own. It is open when
 * the server sends it. When the server completes it, it gets a `complete` event and is closed; when the
 * server refuses it, an `error` event. A `gap` event says that events may be missing from here on.
 */
export interface Channel<Events extends EventMap = Record<string, any>>
  extends EventStream<Events, ChannelEventMap> {
  readonly name: string;
}

/** The events of the interface itself. */
export interface ChannelEventMap extends OwnEventMap {
  /** The server has ended the channel. */
  complete: Event;
}

/**
 * What a multiplexer has been through so far, all its connections together, as of the call. On a shared connection
 * the events are those of this tab's channels, and attempts and bytes are 0.
 */
export interface MuxStats extends SourceStats {
  /** Channels that are asked for. */
  readonly channels: number;
  /** Connections now: one, or two while one replaces the other. None in a tab that follows another's. */
  readonly connections: number;
}

/** Many channels over one connection, which is opened with the first of them and closed with the last. */
export interface Mux<Channels extends ChannelMap = Record<string, Record<string, any>>>
  extends EventTarget, AsyncDispose {
  readonly url: string;
  readonly withCredentials: boolean;
  /** That of the connection; without a channel there is none, and it is `idle`. */
  readonly state: State | "idle";
  /** In how many milliseconds from the last failure it is tried again, while it waits for that. */
  readonly retryIn: number | undefined;
  /** The position, of all channels: what is kept over a reload. */
  readonly lastEventId: string;
  /** How the connection is shared; `undefined` without the option `shared`. */
  readonly sharing: Sharing | undefined;

  /**
   * A channel, from now on. Whoever asks for the same name again gets a channel of its own to close; the
   * last one to be closed gives it up. What is asked for and given up by code that runs without a pause is
   * one change.
   */
  channel<Name extends keyof Channels & string, Schemas extends SchemaMap = {}>(
    name: Name,
    options?: ChannelOptions<Schemas>,
  ): Channel<EventsWith<Channels[Name] & object, Schemas>>;

  /** The counters. */
  stats(): MuxStats;
  /** Drops the connection and connects anew at once, resuming. Without effect once closed. */
  reconnect(): void;
  /** Closes for good, and every channel with it. */
  close(): void;
  /** What consoles show of it. */
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

export interface MuxConstructor {
  new <Channels extends ChannelMap = Record<string, Record<string, any>>>(
    url: string | URL,
    options?: MuxOptions,
  ): Mux<Channels>;
  readonly prototype: Mux;
}

export declare const Mux: MuxConstructor;
