// The types of every entry. Structural: two copies of the package agree with each other.

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

/** As much of [Standard Schema](https://standardschema.dev) as is used: zod, valibot, arktype and others have it. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** What validators make of the data: the map of events that follows from `schemas`. */
export type EventsOf<Schemas> = {
  [Type in keyof Schemas]: Schemas[Type] extends StandardSchema<infer Output> ? Output : never;
};

/** Why something failed. */
export type ErrorCode =
  /** The connection failed or ended. */
  | "disconnected"
  /** The server answered, but not with an event stream. */
  | "response"
  /** The server ended the stream for good, by status 204. */
  | "no-content"
  | "open-timeout"
  | "heartbeat-timeout"
  /** A connection that had been open while the page was frozen or offline was replaced. */
  | "replaced"
  /** The `headers` function failed. */
  | "headers"
  /** The server refuses the CORS preflight that `Last-Event-ID` causes. */
  | "preflight"
  /** The server does not let this page read its answer. */
  | "cors"
  /** The URL is of a kind that is not fetched. */
  | "url"
  /** The WebAssembly could not be loaded. */
  | "wasm"
  /** An event was larger than `maxEventSize`; it was skipped. */
  | "event-too-large"
  /** The data of an event is not JSON, or not what its schema asks for; it was skipped. */
  | "invalid-data"
  /** The server has refused a channel of a `Mux`; `reason` is its code for that. */
  | "channel"
  /** The server of a `Mux` has sent what its protocol does not know. No channel has ended by it. */
  | "protocol"
  | "complete"
  | "unsupported";

/** What is delivered with `error` events, and thrown by iteration. */
export class EventSourceError extends Error {
  private constructor();
  readonly name: "EventSourceError";
  readonly code: ErrorCode;
  /** Of an answer that was not an event stream. */
  readonly status: number | undefined;
  /** Of an answer that was not an event stream. */
  readonly headers: Headers | undefined;
  /** The beginning of the body of an answer that was not an event stream, at most 1 KiB. */
  readonly excerpt: string | undefined;
  /** Of an event that was refused or not understood: its data as received. */
  readonly data: string | undefined;
  /** Of an event that was refused or not understood. */
  readonly eventType: string | undefined;
  /** Of a channel that was refused: the server's code, such as `forbidden`. */
  readonly reason: string | undefined;
  /** Of an event that its schema refused. */
  readonly issues: readonly { readonly message: string }[] | undefined;
}

/** An `error` event. `readyState` says whether it will be tried again. */
export class EventSourceErrorEvent extends Event {
  private constructor();
  readonly error: EventSourceError;
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly message: string;
}

/** A function of headers is asked before each attempt. */
export interface HeadersContext {
  /** Counts every attempt of this source, from 1. */
  attempt: number;
  /** The last answer was 401 or 403: a token should not be taken from a cache. */
  unauthorized: boolean;
  /** Aborted when the attempt is. */
  signal: AbortSignal;
}

/** When to reconnect. Times are in milliseconds. */
export interface RetryOptions {
  /** The bound of the first wait. Default: 1000. */
  initialDelay?: number;
  /** The bound of every wait. Default: 30 000. */
  maxDelay?: number;
  /** How many times in a row to try again. Default: without end. */
  maxAttempts?: number;
  /** Whether waits are random up to their bound, which keeps clients apart. Default: true. */
  jitter?: boolean;
  /** How long a connection must be open until the failures before it are forgotten. Default: 5000. */
  resetAfter?: number;
}

/**
 * Asked at each failure: a number of milliseconds, `true` to try again after the usual wait, `false` to
 * give up; `undefined` leaves it to the library.
 */
export type RetryFunction = (
  error: EventSourceError,
  context: { failures: number },
) => number | boolean | undefined | void;

export interface EventSourceOptions<Schemas = unknown> extends EventSourceInit {
  /** Request headers, or a function that is asked for them before each attempt. */
  headers?: HeadersInit | ((context: HeadersContext) => HeadersInit | PromiseLike<HeadersInit>);
  /** Default: `GET`. A `POST` is repeated only to resume from a position. */
  method?: string;
  body?: BodyInit | null;
  /** Used instead of the global `fetch`. */
  fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /** Closes the source. */
  signal?: AbortSignal;
  /**
   * Shares one connection with the other tabs, windows, frames and workers of the origin whose sources have
   * the same URL, the same `withCredentials` and the same text here. The connection is made with the options
   * of the tab that leads: where headers or cookies tell who the user is, let the text name the user. Needs
   * `import 'everstream/shared'`. Only for `GET`; excludes the transport `native` and `pauseWhenHidden`.
   * Comments are not handed on. A listener, validator or loop that takes its time does not hold the server
   * up: beyond about 16 MiB the older half of what waits for it gives way to a `gap`. `origin` of an event is
   * that of the URL. Default: each source has its own connection.
   */
  shared?: string;
  /** `auto` is `fetch`; `native` is the platform's own `EventSource`. Default: `auto`. */
  transport?: "auto" | "native" | "fetch";
  /** Milliseconds of silence after which a connection is taken for dead. Default: never. */
  heartbeatTimeout?: number;
  /** Milliseconds that an attempt may take to open. Default: 10 000. */
  openTimeout?: number;
  /** Closes the connection while the page is hidden, and resumes when it is shown. */
  pauseWhenHidden?: boolean;
  /**
   * When to reconnect. Left out, it is as the standard has it: after the reconnection time, and never
   * after a status other than 200. Given, if only as `{}`: with growing random waits, and also after
   * 408, 425, 429 and 5xx, as `Retry-After` asks. `false`: never.
   */
  retry?: RetryOptions | RetryFunction | false;
  /** The position to begin from. */
  lastEventId?: string;
  /** The query parameter for the position where its header can't be sent; `""` turns it off. Default: `lastEventId`. */
  lastEventIdParam?: string;
  /** In bytes. A larger event is skipped with an error. Default: 16 MiB. */
  maxEventSize?: number;
  /** Parses the data of every event. */
  json?: boolean;
  /** Validators by event type. Data that is refused is an `error` event; the stream goes on. */
  schemas?: Schemas;
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
  open: Event;
  error: EventSourceErrorEvent;
  statechange: Event;
  /** Events may be missing from here on: as after a reconnect without a position. */
  gap: Event;
}

/** Those of an `EventSource`. */
export interface SourceEventMap extends OwnEventMap {
  /** `sharing` has changed. */
  sharingchange: Event;
}

type Listener<This, E> = ((this: This, event: E) => unknown) | { handleEvent(event: E): unknown } | null;

/** What receives events: an `EventSource` or a channel. */
export interface EventStream<Events extends EventMap = Record<string, string>, Own extends OwnEventMap = OwnEventMap>
  extends EventTarget {
  readonly readyState: 0 | 1 | 2;
  /** More exactly. */
  readonly state: State;
  /** The ID of the event delivered last. */
  readonly lastEventId: string;

  addEventListener<Type extends keyof Own & string>(
    type: Type,
    listener: Listener<this, Own[Type]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: Listener<this, MessageEvent<Events[Type]>>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Own & string>(
    type: Type,
    listener: Listener<this, Own[Type]>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: Listener<this, MessageEvent<Events[Type]>>,
    options?: boolean | EventListenerOptions,
  ): void;

  /** Calls `listener` with every event, as a plain object; the fastest way to receive. Returns what takes it back. */
  onAny(listener: (event: AnyEvent<Events>) => void): () => void;
  /** Every event, in order. A slow loop slows the server down, unless the connection is `shared`; leaving the loop closes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyEvent<Events>>;
  /** Closes for good. No event follows. */
  close(): void;
}

/** A drop-in for the platform's own, with what that lacks. */
export interface EventSource<Events extends EventMap = Record<string, string>>
  extends EventStream<Events, SourceEventMap> {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  onopen: ((this: this, event: Event) => unknown) | null;
  onmessage: ((this: this, event: MessageEvent<MessageOf<Events>>) => unknown) | null;
  onerror: ((this: this, event: EventSourceErrorEvent) => unknown) | null;
  /** Calls `listener` with every comment. Returns what takes it back. */
  onComment(listener: (text: string) => void): () => void;
  /** How the connection is shared; `undefined` without the option `shared`. */
  readonly sharing: Sharing | undefined;
  /** Drops the connection and connects anew at once, resuming. Without effect once closed, or in a tab that follows. */
  reconnect(): void;
}

export type MessageOf<Events> = Events extends { message: infer Data } ? Data : string;

export interface EventSourceConstructor {
  new <Schemas extends Record<string, StandardSchema>>(
    url: string | URL,
    options: EventSourceOptions<Schemas> & { schemas: Schemas },
  ): EventSource<EventsOf<Schemas>>;
  new <Events extends EventMap = Record<string, any>>(
    url: string | URL,
    options?: EventSourceOptions<Record<string, StandardSchema>> | null,
  ): EventSource<Events>;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

export declare const EventSource: EventSourceConstructor;
