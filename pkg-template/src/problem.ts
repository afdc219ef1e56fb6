// Errors: their codes, their messages, and the details they carry.

import { soon } from "./platform.js";
import { ErrorCode } from "./tables.js";

/** Reasons by the core's numbers. Other codes come from this side. */
const CODES = [
  "complete",
  "disconnected",
  "response",
  "open-timeout",
  "heartbeat-timeout",
  "replaced",
  "headers",
  "preflight",
  "unsupported",
  "ended",
  "event-too-large",
] as const;

export type Code =
  | (typeof CODES)[number]
  | "no-content"
  | "cors"
  | "url"
  | "fetch"
  | "request"
  | "wasm"
  | "channel"
  | "protocol"
  | "invalid-data"
  | "internal";

export interface Details {
  status?: number | undefined;
  headers?: Headers | undefined;
  cause?: unknown;
  data?: string | undefined;
  eventType?: string | undefined;
  reason?: string | undefined;
  body?: string | undefined;
  excerpt?: string | undefined;
  issues?: readonly unknown[] | undefined;
  unfinished?: Unfinished | undefined;
}

/** An event in the middle of which a stream ended, before the blank line that completes it. */
export interface Unfinished {
  type: string;
  data: string;
}

/** The error that an `error` event carries, and that iteration throws. */
export class EventSourceError extends Error {
  readonly code: Code;
  /** Set for an answer that was not an event stream. */
  declare readonly status?: number;
  declare readonly headers?: Headers;
  /** Body of that answer, up to 64 KiB, and its beginning. */
  declare readonly body?: string;
  declare readonly excerpt?: string;
  /** Data, as received, of an event whose data was refused. */
  declare readonly data?: string;
  declare readonly eventType?: string;
  /** The server's code for refusing a channel. */
  declare readonly reason?: string;
  /** Issues that a validator found. */
  declare readonly issues?: readonly unknown[];
  /** The event in the middle of which the stream ended or broke off. */
  declare readonly unfinished?: Unfinished;

  constructor(code: Code, message = "", { cause, ...details }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    // Empty details are left out, which keeps printed errors short.
    for (const [name, value] of Object.entries(details)) {
      if (value !== undefined && value !== "") Object.defineProperty(this, name, { value, enumerable: name !== "body" });
    }
  }

  toJSON() {
    const { name, message, ...others } = this;
    return { name, message, ...others };
  }
}
Object.defineProperty(EventSourceError, "name", { value: "EventSourceError", configurable: true });
Object.defineProperty(EventSourceError.prototype, "name", { value: "EventSourceError", configurable: true, writable: true });

/** Joins the messages of a failure's causes, the outermost first. Node's errors have the reason innermost. */
function because(cause: unknown): string {
  const said: string[] = [];
  for (let each = cause as (Error & { code?: string }) | undefined; each && said.length < 4; each = each.cause as never) {
    const text = each.message || each.code;
    if (text && !said.includes(text)) said.push(text);
  }
  return said.map((text) => `: ${text}`).join("");
}

/** Turns the core's error into an `EventSourceError`, with the details known on this side. */
export function problemOf(number: number, detail: number, known: Details): EventSourceError {
  const cause = because(known.cause);
  const seconds = `${(detail / 1000).toFixed(1)} s`;
  const type = known.headers?.get("content-type") ?? "none";
  // Messages in the order of `CODES`.
  const text = [
    "the server ended the stream",
    `the connection was lost${cause}`,
    detail === 200
      ? `the server answered with content type \`${type}\`, not \`text/event-stream\``
      : `the server answered with status ${detail}`,
    `the server did not open the stream within ${seconds}`,
    `nothing arrived for ${seconds}: the connection was taken for dead`,
    "the connection was replaced after the page had been frozen or offline",
    `the request could not be prepared${cause}`,
    "the reconnect failed before any answer: it carries `Last-Event-ID`, which causes a CORS preflight. " +
      "Let the server allow the header in `Access-Control-Allow-Headers`, or set `lastEventIdParam`",
    "this can't be done here",
    "the server ended the stream",
    "the answer is larger than `maxEventSize`",
  ][number];
  const code = CODES[number] ?? "disconnected";
  return new EventSourceError(code, text, { ...known, status: code === "response" ? detail : undefined });
}

export const noContent = () =>
  new EventSourceError("no-content", "the server ended the stream with status 204", { status: 204 });

export const badScheme = (url: URL) =>
  new EventSourceError("url", `\`${url.protocol}\` is not fetched; use http or https`);

export const credentialsRefused = (url: URL) =>
  new EventSourceError(
    "url",
    `can't open \`${url.href}\` with user and password: in a page \`fetch\` refuses a URL that has them. Send an \`Authorization\` header instead`,
  );

export const badHeaders = (cause: unknown) =>
  new EventSourceError("headers", `the request headers can't be sent${because(cause)}`, { cause });

/** A request, changed by `request` or `resume`, that can never be sent. */
export const badRequest = (why: string, cause?: unknown) =>
  new EventSourceError("request", `the request can't be sent: ${why}${because(cause)}`, { cause });

/** A mistake of `fetch` that no attempt can cure. */
export const badAnswer = (what: string, cause?: unknown) =>
  new EventSourceError("fetch", `\`fetch\` ${what}${because(cause)}`, { cause });

export const corsRefused = (url: URL, cause: unknown) =>
  new EventSourceError(
    "cors",
    `${url.origin} is reachable, but does not let this page read its answer. Let it send ` +
      "`Access-Control-Allow-Origin`, and with `withCredentials` also `Access-Control-Allow-Credentials: true`",
    { cause },
  );

export const wasmFailed = (cause: unknown) =>
  new EventSourceError(
    "wasm",
    `everstream's WebAssembly could not be loaded${because(cause) || `: ${String(cause)}`}. ` +
      "With a Content-Security-Policy, allow 'wasm-unsafe-eval' in script-src; with everstream/slim, check what init() is given. `everstream` and `everstream/no-wasm` work without",
    { cause },
  );

export const eventTooLarge = (limit: number) =>
  new EventSourceError(
    "event-too-large",
    `an event is larger than the limit of ${limit} bytes and was skipped; raise \`maxEventSize\` to receive it`,
  );

/** Reports a failure that no caller receives, as the browser reports those of listeners. */
export function report(failure: unknown): void {
  if (typeof reportError === "function") reportError(failure);
  else
    soon(() => {
      throw failure;
    });
}

/** A bug of the core's, caused by neither the server nor the user. */
export const wentWrong = (cause: unknown) =>
  new EventSourceError("internal", `everstream has made a mistake${because(cause)}. The source is closed, and no other is; please report it`, { cause });

/** An error as the core's records hold it: its code and an excerpt, then its detail and a content type. */
export type Arguments = [number: number, text: string][];

/** Returns the error that the records describe, with the details `known` on this side. */
export function toldProblem([first, second]: Arguments, known: Details = {}): EventSourceError | undefined {
  if (!first || !second) return undefined;
  // An error that no attempt can cure was made on this side already.
  if (first[0] === ErrorCode.Unsupported && known.cause instanceof EventSourceError) return known.cause;
  const type = second[1];
  const told = { excerpt: first[1], headers: type ? new Headers({ "content-type": type }) : undefined };
  return problemOf(first[0], second[0], { ...told, ...known });
}
