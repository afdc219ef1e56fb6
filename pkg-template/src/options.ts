// The options as the implementation sees them. `option-types.d.ts` documents them for users.

import type { Logger } from "./log.js";
import type { EventSourceError } from "./problem.js";
import type { Answered } from "./stream.js";

export interface HeadersContext {
  attempt: number;
  unauthorized: boolean;
  signal: AbortSignal;
}

/** The request that an attempt is about to send. */
export interface RequestContext extends HeadersContext {
  lastEventId: string;
  url: string;
  method: string;
  headers: Record<string, string>;
  body: BodyInit | null | undefined;
}

/** Changes that a user's function makes to a request. */
export interface RequestChanges {
  url?: string | URL;
  query?: Record<string, string> | URLSearchParams;
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
}

export interface ResumeContext {
  lastEventId: string;
  response: Answered | undefined;
  attempt: number;
  signal: AbortSignal;
}

type Asked<Context> = (
  context: Context,
) => RequestChanges | null | undefined | void | PromiseLike<RequestChanges | null | undefined | void>;

export interface RetryContext {
  failures: number;
}

export interface RetryOptions {
  initialDelay?: number;
  maxDelay?: number;
  maxAttempts?: number;
  jitter?: boolean;
  resetAfter?: number;
}

/** The part of the Standard Schema specification that is called. */
export interface Schema {
  readonly "~standard": {
    validate(value: unknown): Result | Promise<Result>;
  };
}

interface Result {
  readonly value?: unknown;
  readonly issues?: readonly { readonly message: string }[] | undefined;
}

export type Schemas = Record<string, Schema>;

export interface Options {
  withCredentials?: boolean;
  headers?: HeadersInit | ((context: HeadersContext) => HeadersInit | PromiseLike<HeadersInit>);
  method?: string;
  body?: BodyInit | null;
  fetch?: typeof fetch;
  redirect?: "follow" | "error";
  signal?: AbortSignal;
  shared?: string;
  transport?: "auto" | "native" | "fetch";
  heartbeatTimeout?: number;
  openTimeout?: number;
  pauseWhenHidden?: boolean;
  retry?: RetryOptions | false | ((error: EventSourceError, context: RetryContext) => number | boolean | undefined);
  lastEventId?: string;
  lastEventIdParam?: string;
  maxEventSize?: number;
  json?: boolean;
  bytes?: boolean | readonly string[];
  schemas?: Schemas;
  idempotent?: boolean;
  end?: "reconnect" | "close";
  resume?: "get" | Asked<ResumeContext>;
  request?: Asked<RequestContext>;
  until?: string | ((event: { type: string; data: string; lastEventId: string }) => boolean | "last" | undefined);
  follows?: "integers" | ((previous: string, next: string) => boolean);
  replays?: boolean;
  deliverUnfinished?: boolean;
  logger?: Logger;
}

/** An event as `onAny` and iteration deliver it. */
export interface AnyEvent {
  type: string;
  data: unknown;
  lastEventId: string;
  /** Events before this one may be missing. */
  gap?: true;
}
