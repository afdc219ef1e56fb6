// The options as the implementation sees them. `index.d.ts` has them for users.

import type { EventSourceError } from "./problem.js";

export interface HeadersContext {
  attempt: number;
  unauthorized: boolean;
  signal: AbortSignal;
}

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

/** Of the Standard Schema specification: as much as is called. */
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
  schemas?: Schemas;
}

/** An event as `onAny` and iteration have it. */
export interface AnyEvent {
  type: string;
  data: unknown;
  lastEventId: string;
  /** Events before this one may be missing. */
  gap?: true;
}
