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

/** Validators by event type. */
export type SchemaMap = { readonly [type: string]: StandardSchema };

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

/** What `fetch` takes, in whichever library of types there is: the DOM's or Node's. */
export type HeadersInput = NonNullable<RequestInit["headers"]>;
export type BodyInput = NonNullable<RequestInit["body"]>;

/** The event of a message: a `MessageEvent` whose data has a type. */
export interface EventSourceMessage<Data = any> extends Omit<MessageEvent, "data"> {
  readonly data: Data;
}

/** Why something failed. */
export type ErrorCode =
  /** The connection failed. */
  | "disconnected"
  /** The server ended the stream, and the source connects again, as the standard has it for `GET`. */
  | "ended"
  /** The server answered, but not with an event stream. */
  | "response"
  /** The server ended the stream for good, by status 204. */
  | "no-content"
  | "open-timeout"
  | "heartbeat-timeout"
  /** A connection that had been open while the page was frozen or offline was replaced. */
  | "replaced"
  /** The `headers`, `request` or `resume` function failed, or the headers can't be sent. */
  | "headers"
  /** What `request` or `resume` returned is no request that can be sent. */
  | "request"
  /** The server refuses the CORS preflight that `Last-Event-ID` causes. */
  | "preflight"
  /** The server does not let this page read its answer. */
  | "cors"
  /** The URL is of a kind that is not fetched, or a page's `fetch` refuses the credentials in it. */
  | "url"
  /** The `fetch` that was given returned no answer, or one that can't be read; or the body can't be sent again. */
  | "fetch"
  /** The WebAssembly could not be loaded. */
  | "wasm"
  /** A mistake of the library's own: it ends this source, and no other. */
  | "internal"
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

/** What else is known of an error. */
export interface ErrorDetails {
  cause?: unknown;
  status?: number | undefined;
  headers?: Headers | undefined;
  body?: string | undefined;
  excerpt?: string | undefined;
  data?: string | undefined;
  eventType?: string | undefined;
  reason?: string | undefined;
  issues?: readonly { readonly message: string }[] | undefined;
  unfinished?: UnfinishedEvent | undefined;
}

/** An event in the middle of which a stream has ended: no blank line has closed it. */
export interface UnfinishedEvent {
  readonly type: string;
  readonly data: string;
}

/** What is delivered with `error` events, and thrown by iteration. Its `cause`, if any, is what the platform threw. */
export class EventSourceError extends Error {
  constructor(code: ErrorCode, message?: string, details?: ErrorDetails);
  readonly name: "EventSourceError";
  readonly code: ErrorCode;
  /** Of an answer that was not an event stream. */
  readonly status?: number;
  /** Of an answer that was not an event stream. */
  readonly headers?: Headers;
  /**
   * The body of an answer that was not an event stream, up to 64 KiB, or as much of it as came within a second.
   * It is not in `message`.
   */
  readonly body?: string;
  /** The first 1024 characters of `body`. */
  readonly excerpt?: string;
  /** Of an event that was refused or not understood: its data as received. */
  readonly data?: string;
  /** Of an event that was refused or not understood. */
  readonly eventType?: string;
  /** Of a channel that was refused: the server's code, such as `forbidden`. */
  readonly reason?: string;
  /** Of an event that its schema refused. */
  readonly issues?: readonly { readonly message: string }[];
  /** Of a stream that ended or broke off: the event in the middle of which it did. It was not delivered. */
  readonly unfinished?: UnfinishedEvent;
  toJSON(): object;
}

/** An `error` event. `readyState` says whether it will be tried again. */
export class EventSourceErrorEvent extends Event {
  constructor(error: EventSourceError, retryIn?: number);
  readonly type: "error";
  readonly error: EventSourceError;
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly message: string;
  /** In how many milliseconds it is tried again; `undefined` where it is not, or the platform does it by itself. */
  readonly retryIn: number | undefined;
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

/** What one attempt is about to ask for. */
export interface RequestContext extends HeadersContext {
  /** The position that is resumed from; empty if there is none. It is sent by itself. */
  lastEventId: string;
  url: string;
  method: string;
  /** By the names that they were given. */
  headers: Record<string, string>;
  body: BodyInput | null | undefined;
}

/** What is changed of a request; the rest stays. */
export interface RequestChanges {
  /** May be relative to the URL of the source. */
  url?: string | URL | undefined;
  /** Parameters of the URL's query, in the place of those of the same names. */
  query?: Record<string, string> | undefined;
  method?: string | undefined;
  /** In the place of those of the same names. */
  headers?: HeadersInput | undefined;
  body?: BodyInput | null | undefined;
}

/** What there is to continue. */
export interface ResumeContext {
  /** Of the last event received, or the option; empty if there is none. */
  lastEventId: string;
  /** The answer to be continued; `undefined` where the source began from a position. */
  response: ResponseHead | undefined;
  /** Counts every attempt of this source, from 1. */
  attempt: number;
  /** Aborted when the attempt is. */
  signal: AbortSignal;
}

/** What is known of an answer. Of another origin's only the headers that it exposes. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: string;
}

/**
 * Whether the server goes on where the connection before stopped: `no` (nothing was asked for, or it does not have
 * it any more), `asked` (the answer says nothing about it), `confirmed` (by its `Last-Event-ID` header).
 */
export type Resumed = "no" | "asked" | "confirmed";

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

type Answer<T> = T | null | undefined | void;

/** When to reconnect. Times are in milliseconds. */
export interface RetryOptions {
  /** The bound of the first wait. Default: 1000; 0 is at once. */
  initialDelay?: number | undefined;
  /** The bound of every wait, the first one among them. Default: 30 000. */
  maxDelay?: number | undefined;
  /** How many times in a row to try again. Default: without end. */
  maxAttempts?: number | undefined;
  /** Whether waits are random up to their bound, which keeps clients apart. Default: true. */
  jitter?: boolean | undefined;
  /** How long a connection must be open until the failures before it are forgotten. Default: 5000. */
  resetAfter?: number | undefined;
}

/**
 * Asked at each failure: a number of milliseconds, `true` to try again after the usual wait, `false` to
 * give up; `undefined` leaves it to the library.
 */
export type RetryFunction = (
  error: EventSourceError,
  context: {
    /** How many there have been in a row, this one among them. */
    failures: number;
  },
) => number | boolean | undefined | void;

/** As much of `fetch` as is called. */
export type FetchFunction = (
  input: string,
  init: Omit<RequestInit, "headers"> & { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Response>;

export interface EventSourceOptions<Schemas extends SchemaMap = SchemaMap> {
  /** Whether cookies are sent to another origin. Default: `false`. */
  withCredentials?: boolean | undefined;
  /** Request headers, or a function that is asked for them before each attempt. */
  headers?: HeadersInput | ((context: HeadersContext) => HeadersInput | PromiseLike<HeadersInput>) | undefined;
  /**
   * Default: `GET`. A method that is not safe (RFC 9110, section 9.2.1), such as `POST`, is sent once, whatever
   * breaks; see `idempotent` and `resume`. Only after a 401 or 403 the request is sent again with new headers.
   */
  method?: string | undefined;
  /** A stream is sent once. */
  body?: BodyInput | null | undefined;
  /**
   * Used instead of the global `fetch`. `init.headers` is a plain object, which can be spread. Whatever it returns
   * that is no answer is one final error with the code `fetch`; when it rejects with an error, that is a failure of
   * the network, and tried again.
   */
  fetch?: FetchFunction | undefined;
  /**
   * What becomes of an answer that redirects. Default: `follow`, by which the platform sends the request's headers
   * on, except for `Authorization` to another origin. `error` makes it a failure of the attempt, so that nothing is
   * sent anywhere else. Needs fetch.
   */
  redirect?: "follow" | "error" | undefined;
  /** Closes the source. One that is aborted already sends nothing. */
  signal?: AbortSignal | null | undefined;
  /**
   * Shares one connection with the other tabs, windows, frames and workers of the origin whose sources have
   * the same URL, the same `withCredentials` and the same text here. The connection is made with the options
   * of the tab that leads: where headers or cookies tell who the user is, let the text name the user. Needs
   * `import 'everstream/shared'`. Only for `GET`; excludes the transport `native` and `pauseWhenHidden`.
   * Comments are not handed on. A listener, validator or loop that takes its time does not hold the server
   * up: beyond about 16 MiB the older half of what waits for it gives way to a `gap`. `origin` of an event is
   * that of the URL. Default: each source has its own connection.
   */
  shared?: string | undefined;
  /**
   * `auto` is `fetch`; but on another origin, as long as nothing needs `fetch`, it is the platform's own
   * `EventSource`, which alone sends `Last-Event-ID` there without a preflight. `native` is always that.
   * Default: `auto`.
   */
  transport?: "auto" | "native" | "fetch" | undefined;
  /** Milliseconds of silence after which a connection is taken for dead. Default: never. */
  heartbeatTimeout?: number | undefined;
  /**
   * Milliseconds that an attempt may take to open; doubled after each that took longer, up to eight times. Default:
   * none, as the standard has it and where a request is sent only once; with `retry` 30 000.
   */
  openTimeout?: number | undefined;
  /** Closes the connection while the page is hidden, and resumes when it is shown. */
  pauseWhenHidden?: boolean | undefined;
  /**
   * When to reconnect. Left out, it is as the standard has it: after the reconnection time, and never
   * after a status other than 200. Given, if only as `{}`: with growing random waits, and also after
   * 408, 425, 429 and 5xx, as `Retry-After` asks. `false`: never.
   */
  retry?: RetryOptions | RetryFunction | false | undefined;
  /** The position to begin from. */
  lastEventId?: string | undefined;
  /** The query parameter for the position where its header can't be sent; `""` turns it off. Default: `lastEventId`. */
  lastEventIdParam?: string | undefined;
  /** In bytes. A larger event is skipped with an error. Default: 16 MiB. */
  maxEventSize?: number | undefined;
  /** Parses the data of every event. Empty data is `undefined`. */
  json?: boolean | undefined;
  /** Decodes the data of every event, or of those of the types named, from base64 to `Uint8Array`. */
  bytes?: boolean | readonly string[] | undefined;
  /** The request may be repeated though its method is not safe. Default: `false`. */
  idempotent?: boolean | undefined;
  /**
   * What follows when the server ends the stream cleanly. Default: `reconnect` where the request may be repeated or
   * its answer is continued, else `close`.
   */
  end?: "reconnect" | "close" | undefined;
  /**
   * How an answer is continued that broke off, or that the server closed at will: by `GET` to the same URL with
   * `Last-Event-ID` (as MCP has it), or by the request that the function describes, by default a `GET` with the
   * source's headers. Nothing returned: it is not continued. With `lastEventId` the source begins by continuing.
   * The answer is complete at `until`, at status 204, or where a continuation brings nothing more.
   */
  resume?:
    | "get"
    | ((context: ResumeContext) => Answer<RequestChanges> | PromiseLike<Answer<RequestChanges>>)
    | undefined;
  /** Asked before each attempt, after `headers`: may change URL, query, method, headers and body. */
  request?:
    | ((context: RequestContext) => Answer<RequestChanges> | PromiseLike<Answer<RequestChanges>>)
    | undefined;
  /**
   * Where the stream ends: at the event whose data is this text (such as `[DONE]`, which is not delivered), or where
   * the function says so of the event as received: `true` ends before the event, `'last'` behind it.
   */
  until?:
    | string
    | ((event: { type: string; data: string; lastEventId: string }) => boolean | "last" | undefined | void)
    | undefined;
  /** How IDs follow one another: where they don't, a `gap` is told. `integers`: each is one more. Default: unknown. */
  follows?: "integers" | ((previous: string, next: string) => boolean) | undefined;
  /** Whether the server resends what came behind a position. If not, each reconnect is a `gap`. Default: `true`. */
  replays?: boolean | undefined;
  /** Delivers the event that no blank line has closed at the end of a stream. Default: `false`, as the standard has it. */
  deliverUnfinished?: boolean | undefined;
  /** Validators by event type. Data that is refused is an `error` event; the stream goes on. */
  schemas?: (Schemas & SchemaMap) | undefined;
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
