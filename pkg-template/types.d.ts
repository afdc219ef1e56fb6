// The types of every entry. They are structural, so two copies of the package agree with each other.

import type { EventSourceError, EventSourceErrorEvent, UnfinishedEvent } from "./error-types.js";
import type { EventSourceOptions, ResponseHead, Resumed, SchemaMap, StandardSchema } from "./option-types.js";

export * from "./error-types.js";
export * from "./option-types.js";

/** Maps a server's event types to the types of their data: `{ priceUpdate: Price }`. */
export type EventMap = object;

/** Any event of a map. Without a map, any event. */
export type AnyEvent<Events extends EventMap = Record<string, string>> = {
  [Type in keyof Events & string]: {
    readonly type: Type;
    /** Text, unless `json`, `bytes` or `schemas` converts it. */
    readonly data: Events[Type];
    /** The last event ID after this event. */
    readonly lastEventId: string;
    /** Events before this one may be missing, as after a reconnect without a last event ID, or were refused. */
    readonly gap?: true;
  };
}[keyof Events & string];

/** The event map that follows from `schemas`: the output of each validator. */
export type EventsOf<Schemas> = {
  [Type in keyof Schemas]: Schemas[Type] extends StandardSchema<infer Output> ? Output : never;
};

/** The events of a source: those of its schemas, where these are known by name, or else those of its map. */
export type EventsWith<Events, Schemas> = string extends keyof Schemas
  ? Events
  : [keyof Schemas] extends [never]
    ? Events
    : EventsOf<Schemas>;

/** The event of a message: a `MessageEvent` with typed data. */
export interface EventSourceMessage<Data = any> extends Omit<MessageEvent, "data"> {
  readonly data: Data;
}

/** The event of a source that has opened. The native `EventSource` reveals nothing but `resumed`. */
export interface OpenEvent extends Event, Partial<ResponseHead> {
  readonly resumed?: Resumed;
}

/** The event of a stream that the server has ended for good. The source is closed. */
export interface EndEvent extends Event {
  /** The body ended, the status was 204, or `until` matched an event. */
  readonly reason: "body" | "no-content" | "until";
  /** The event in the middle of which the stream ended. It was not delivered. */
  readonly unfinished: UnfinishedEvent | undefined;
}

/** Counters of a source so far, as of the call. A source with a shared connection doesn't count attempts and bytes. */
export interface SourceStats {
  /** Attempts to connect. Of the browser's own reconnects, only those that opened are counted. */
  readonly attempts: number;
  /** Attempts that opened. */
  readonly opened: number;
  /** Events received, with or without a listener. */
  readonly events: number;
  /** Bytes received. The native `EventSource` doesn't show them, so its events' data is counted, approximately. */
  readonly bytes: number;
  /** Milliseconds since the last byte, or the native `EventSource`'s last event; `undefined` if there was none. */
  readonly silentFor: number | undefined;
  /** The last failure, even if the source has recovered from it. */
  readonly lastError: EventSourceError | undefined;
}

/**
 * State of a connection. `waiting` is the time until the next attempt, and `paused` the time that the page is hidden
 * with `pauseWhenHidden`. `readyState` is 0 in both.
 */
export type State = "connecting" | "open" | "waiting" | "paused" | "closed";

/** Describes how a connection is shared. */
export interface Sharing {
  /** The leader holds the connection for itself and the followers. A tab is alone where nothing can be shared. */
  readonly role: "leader" | "follower" | "alone";
  /** Number of tabs that share the connection, including this one. */
  readonly tabs: number;
}

/** The events of the interface itself. */
export interface OwnEventMap {
  open: OpenEvent;
  error: EventSourceErrorEvent;
  statechange: Event;
  /** Events may be missing from here on, as after a reconnect without a last event ID. */
  gap: Event;
}

/** The events of an `EventSource` itself. */
export interface SourceEventMap extends OwnEventMap {
  /** `sharing` has changed. */
  sharingchange: Event;
  /** The server has ended the stream for good. Not dispatched if the source reconnects. */
  end: EndEvent;
}

/**
 * An event of a type that the interface itself uses. A server may send an event of the same name, which is told apart
 * by its data. A map that names it, such as `{ error: { reason: string } }`, has both.
 */
export type OwnEvent<Own, Events, Type extends keyof Own> =
  | Own[Type]
  | (string extends keyof Events ? never : Type extends keyof Events ? EventSourceMessage<Events[Type]> : never);

/** A listener: a function, or an object that has one. */
export type Listener<This, E> =
  | ((this: This, event: E) => unknown)
  | {
      /** Called with each event. */
      handleEvent(event: E): unknown;
    }
  | null;
type Handler<This, E> = ((this: This, event: E) => unknown) | null;
/** A handler as it is read: of any event, as in the platform's own types. */
type AnyHandler = ((this: any, event: any) => any) | null;

/** Options of `removeEventListener`, as in the [DOM Standard](https://dom.spec.whatwg.org/#interface-eventtarget). */
export interface ListenerOptions {
  capture?: boolean;
}
/** Options of `addEventListener`, as in the [DOM Standard](https://dom.spec.whatwg.org/#interface-eventtarget). */
export interface AddListenerOptions extends ListenerOptions {
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

/** Present where the type library knows `await using`. */
export type AsyncDispose = SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol }
  ? { [Method in Key]: () => Promise<void> }
  : {};

/** An `EventSource` or a channel: an object that receives events. */
export interface EventStream<Events extends EventMap = Record<string, any>, Own extends OwnEventMap = OwnEventMap>
  extends EventTarget, AsyncDispose {
  readonly readyState: 0 | 1 | 2;
  /** State of the connection, in more detail than `readyState`. */
  readonly state: State;
  /**
   * Milliseconds between the last failure and the next attempt. `undefined` unless the stream waits for it, and the
   * time is known.
   */
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

  /**
   * Calls `listener` with every event, as a plain object; the fastest way to receive. Returns a function that removes
   * the listener.
   */
  onAny(listener: (event: AnyEvent<Events>) => void): () => void;
  /**
   * Iterates over every event, in order. A slow loop slows the server down, unless the connection is `shared`. Leaving
   * the loop closes the stream. The loop is complete when the server ends the stream for good, and throws any error
   * that closes it otherwise.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyEvent<Events>>;
  /** Closes the stream for good. No event follows. */
  close(): void;
  /** Returns the fields that consoles show. */
  toJSON(): object;
}

/** Replaces the platform's `EventSource`, and adds what that lacks. */
export interface EventSource<Events extends EventMap = Record<string, any>>
  extends EventStream<Events, SourceEventMap> {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  /** Calls `listener` with every comment. Returns a function that removes the listener. */
  onComment(listener: (text: string) => void): () => void;
  /** The answer in use, or the last one, as far as it is known. The native `EventSource` shows none. */
  readonly response: (ResponseHead & { readonly resumed: Resumed | undefined }) | undefined;
  /** Describes how the connection is shared; `undefined` without the option `shared`. */
  readonly sharing: Sharing | undefined;
  /** Returns the counters. */
  stats(): SourceStats;
  /** Drops the connection and reconnects at once, resuming. Has no effect once closed, or in a tab that follows. */
  reconnect(): void;
}

/** Data of the events that `onmessage` receives: the map's type for `message`. */
export type MessageOf<Events> = "message" extends keyof Events ? Events["message"] : any;

/** The class `EventSource`. The first type parameter is the map from event types to their data. */
export interface EventSourceConstructor {
  /**
   * Opens a stream. A relative URL is resolved against the page's. Throws a `SyntaxError` for a URL that can't be
   * resolved, and a `TypeError` that names the option for options that can't be used.
   */
  new <Events extends EventMap = Record<string, any>, Schemas extends SchemaMap = {}>(
    url: string | URL,
    options?: EventSourceOptions<Schemas> | null,
  ): EventSource<EventsWith<Events, Schemas>>;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

/** The class, with the interface of the [HTML Standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface). */
export declare const EventSource: EventSourceConstructor;
