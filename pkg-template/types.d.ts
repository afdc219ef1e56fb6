// The types of every entry. Structural: two copies of the package agree with each other.

import type { EventSourceError, EventSourceErrorEvent, UnfinishedEvent } from "./error-types.js";
import type { EventSourceOptions, ResponseHead, Resumed, SchemaMap, StandardSchema } from "./option-types.js";

export * from "./error-types.js";
export * from "./option-types.js";

/** The types of the events that a server sends, by their names: `{ priceUpdate: Price }`. */
export type EventMap = object;

/** Any event of a map; without a map, any event. */
export type AnyEvent<Events extends EventMap = Record<string, string>> = {
  [Type in keyof Events & string]: {
    readonly type: Type;
    /** Text, unless `json` or `schemas` make something of it. */
    readonly data: Events[Type];
    /** The last event ID after this event. */
    readonly lastEventId: string;
    /** Events before this one may be missing: as after a reconnect without a position. */
    readonly gap?: true;
  };
}[keyof Events & string];

/** What validators make of the data: the map of events that follows from `schemas`. */
export type EventsOf<Schemas> = {
  [Type in keyof Schemas]: Schemas[Type] extends StandardSchema<infer Output> ? Output : never;
};

/** The events of a source: those of its schemas, where these are known by name, or else those of its map. */
export type EventsWith<Events, Schemas> = string extends keyof Schemas
  ? Events
  : [keyof Schemas] extends [never]
    ? Events
    : EventsOf<Schemas>;

/** The event of a message: a `MessageEvent` whose data has a type. */
export interface EventSourceMessage<Data = any> extends Omit<MessageEvent, "data"> {
  readonly data: Data;
}

/** The source is open. Of the native `EventSource` there is no more to know than `resumed`. */
export interface OpenEvent extends Event, Partial<ResponseHead> {
  readonly resumed?: Resumed;
}

/** The server has ended the stream for good. The source is closed. */
export interface EndEvent extends Event {
  /** The body ended, the status was 204, or it was the event of `until`. */
  readonly reason: "body" | "no-content" | "until";
  /** The event in the middle of which the stream ended. It was not delivered. */
  readonly unfinished: UnfinishedEvent | undefined;
}

/** What a source has been through so far, as of the call. Of one whose connection is shared it does not count attempts and bytes. */
export interface SourceStats {
  /** Attempts to connect; of the browser's own reconnects those that opened. */
  readonly attempts: number;
  /** Attempts that opened. */
  readonly opened: number;
  /** Events received, wanted or not. */
  readonly events: number;
  /** Bytes received; of the native `EventSource`, which does not show them, about those of the events' data. */
  readonly bytes: number;
  /** Milliseconds since the last byte, or of the native `EventSource` the last event; `undefined` if there was none. */
  readonly silentFor: number | undefined;
  /** The last failure, also one that has been overcome. */
  readonly lastError: EventSourceError | undefined;
}

export type State = "connecting" | "open" | "waiting" | "paused" | "closed";

/** How a connection is shared. */
export interface Sharing {
  /** The leader holds the connection, for the followers too; where nothing can be shared, each is alone. */
  readonly role: "leader" | "follower" | "alone";
  /** How many share it, this one among them. */
  readonly tabs: number;
}

/** The events of the interface itself. */
export interface OwnEventMap {
  open: OpenEvent;
  error: EventSourceErrorEvent;
  statechange: Event;
  /** Events may be missing from here on: as after a reconnect without a position. */
  gap: Event;
}

/** Those of an `EventSource`. */
export interface SourceEventMap extends OwnEventMap {
  /** `sharing` has changed. */
  sharingchange: Event;
  /** The server has ended the stream for good: not where it is connected to again. */
  end: EndEvent;
}

/**
 * An event of a type that is the interface's own. A server may send one of the same name, which is told apart by
 * its data: a map that names it, such as `{ error: { reason: string } }`, has both.
 */
export type OwnEvent<Own, Events, Type extends keyof Own> =
  | Own[Type]
  | (string extends keyof Events ? never : Type extends keyof Events ? EventSourceMessage<Events[Type]> : never);

/** What listens: a function, or an object that has one. */
export type Listener<This, E> = ((this: This, event: E) => unknown) | { handleEvent(event: E): unknown } | null;
type Handler<This, E> = ((this: This, event: E) => unknown) | null;
/** What a handler is when it is read: as the platform's own types have it, of whatever event. */
type AnyHandler = ((this: any, event: any) => any) | null;

export interface ListenerOptions {
  capture?: boolean;
}
export interface AddListenerOptions extends ListenerOptions {
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

/** Present where the library of types knows `await using`. */
export type AsyncDispose = SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol }
  ? { [Method in Key]: () => Promise<void> }
  : {};

/** What receives events: an `EventSource` or a channel. */
export interface EventStream<Events extends EventMap = Record<string, any>, Own extends OwnEventMap = OwnEventMap>
  extends EventTarget, AsyncDispose {
  readonly readyState: 0 | 1 | 2;
  /** More exactly. */
  readonly state: State;
  /** In how many milliseconds from the last failure it is tried again: while it waits for that, and where it is known. */
  readonly retryIn: number | undefined;
  /** The ID of the event delivered last. */
  readonly lastEventId: string;

  addEventListener<Type extends keyof Own & string>(
    type: Type,
    listener: Listener<this, OwnEvent<Own, Events, Type>>,
    options?: boolean | AddListenerOptions,
  ): void;
  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: Listener<this, EventSourceMessage<Events[Type]>>,
    options?: boolean | AddListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Own & string>(
    type: Type,
    listener: Listener<this, OwnEvent<Own, Events, Type>>,
    options?: boolean | ListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: Listener<this, EventSourceMessage<Events[Type]>>,
    options?: boolean | ListenerOptions,
  ): void;

  get onopen(): AnyHandler;
  set onopen(handler: Handler<this, OwnEvent<Own, Events, "open">>);
  get onmessage(): AnyHandler;
  set onmessage(handler: Handler<this, EventSourceMessage<MessageOf<Events>>>);
  get onerror(): AnyHandler;
  set onerror(handler: Handler<this, OwnEvent<Own, Events, "error">>);

  /** Calls `listener` with every event, as a plain object; the fastest way to receive. Returns what takes it back. */
  onAny(listener: (event: AnyEvent<Events>) => void): () => void;
  /**
   * Every event, in order. A slow loop slows the server down, unless the connection is `shared`; leaving the loop
   * closes. It is complete where the server ends the stream for good, and throws what else closes the source.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyEvent<Events>>;
  /** Closes for good. No event follows. */
  close(): void;
  /** What consoles show of it. */
  toJSON(): object;
}

/** A drop-in for the platform's own, with what that lacks. */
export interface EventSource<Events extends EventMap = Record<string, any>>
  extends EventStream<Events, SourceEventMap> {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  /** Calls `listener` with every comment. Returns what takes it back. */
  onComment(listener: (text: string) => void): () => void;
  /** What is known of the answer in use, or of the last; not of the native `EventSource`. */
  readonly response: (ResponseHead & { readonly resumed: Resumed | undefined }) | undefined;
  /** How the connection is shared; `undefined` without the option `shared`. */
  readonly sharing: Sharing | undefined;
  /** The counters. */
  stats(): SourceStats;
  /** Drops the connection and connects anew at once, resuming. Without effect once closed, or in a tab that follows. */
  reconnect(): void;
}

/** The data of the events that `onmessage` gets: what the map says of `message`. */
export type MessageOf<Events> = "message" extends keyof Events ? Events["message"] : any;

export interface EventSourceConstructor {
  new <Events extends EventMap = Record<string, any>, Schemas extends SchemaMap = {}>(
    url: string | URL,
    options?: EventSourceOptions<Schemas> | null,
  ): EventSource<EventsWith<Events, Schemas>>;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

export declare const EventSource: EventSourceConstructor;
