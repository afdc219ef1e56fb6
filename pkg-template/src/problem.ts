// What can go wrong, in words.

/** The reasons, by the core's numbers. The rest is found on this side. */
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
] as const;

export type Code =
  | (typeof CODES)[number]
  | "no-content"
  | "cors"
  | "url"
  | "wasm"
  | "event-too-large"
  | "channel"
  | "protocol"
  | "invalid-data";

export interface Details {
  status?: number | undefined;
  headers?: Headers | undefined;
  cause?: unknown;
  data?: string | undefined;
  eventType?: string | undefined;
  reason?: string | undefined;
  excerpt?: string | undefined;
  issues?: readonly unknown[] | undefined;
}

/** What is delivered with an `error` event, and thrown by iteration. */
export class EventSourceError extends Error {
  readonly code: Code;
  /** Of an answer that was not an event stream. */
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  /** The beginning of its body. */
  readonly excerpt: string | undefined;
  /** Of an event whose data was refused: as received. */
  readonly data: string | undefined;
  readonly eventType: string | undefined;
  /** Of a channel that the server has refused: its code for that. */
  readonly reason: string | undefined;
  /** What a validator had to say. */
  readonly issues: readonly unknown[] | undefined;

  constructor(code: Code, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "EventSourceError";
    this.code = code;
    this.status = details.status;
    this.headers = details.headers;
    this.excerpt = details.excerpt;
    this.data = details.data;
    this.eventType = details.eventType;
    this.reason = details.reason;
    this.issues = details.issues;
  }
}

/** Makes the core's error a sentence, with what is known on this side. */
export function problemOf(number: number, detail: number, known: Details): EventSourceError {
  const code = CODES[number] ?? "disconnected";
  const cause = known.cause instanceof Error ? known.cause.message : "";
  const seconds = `${(detail / 1000).toFixed(1)} s`;
  const text: Record<string, () => string> = {
    complete: () => "the server ended the stream",
    disconnected: () => `the connection was lost${cause && `: ${cause}`}`,
    response: () =>
      (detail === 200
        ? `the server answered with content type \`${known.headers?.get("content-type") ?? "none"}\`, not \`text/event-stream\``
        : `the server answered with status ${detail}`) + (known.excerpt ? `: ${known.excerpt}` : ""),
    "open-timeout": () => `the server did not open the stream within ${seconds}`,
    "heartbeat-timeout": () => `nothing arrived for ${seconds}: the connection was taken for dead`,
    replaced: () => "the connection was replaced after the page had been frozen or offline",
    headers: () => `the request headers could not be had${cause && `: ${cause}`}`,
    preflight: () =>
      "the reconnect failed before any answer: it carries `Last-Event-ID`, which causes a CORS preflight. " +
      "Let the server allow the header in `Access-Control-Allow-Headers`, or set `lastEventIdParam`",
    unsupported: () => "this can't be done here",
  };
  const status = code === "response" ? detail : undefined;
  return new EventSourceError(code, text[code]!(), { ...known, status });
}

export const noContent = () =>
  new EventSourceError("no-content", "the server ended the stream with status 204", { status: 204 });

export const badScheme = (url: URL) =>
  new EventSourceError("url", `\`${url.protocol}\` is not fetched; use http or https`);

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
    `everstream's WebAssembly could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}. ` +
      "With a Content-Security-Policy, allow 'wasm-unsafe-eval' in script-src; with everstream/slim, check what init() is given",
    { cause },
  );

export const eventTooLarge = (limit: number) =>
  new EventSourceError(
    "event-too-large",
    `an event is larger than the limit of ${limit} bytes and was skipped; raise \`maxEventSize\` to receive it`,
  );

/** A failure that belongs to nobody: reported as the browser reports those of listeners. */
export function report(failure: unknown): void {
  if (typeof reportError === "function") reportError(failure);
  else
    queueMicrotask(() => {
      throw failure;
    });
}

/** An error as the core's records have it: its code and an excerpt, then its detail and a content type. */
export type Arguments = [number: number, text: string][];

/** The error of those; what is `known` of it on this side may be more. */
export function toldProblem([first, second]: Arguments, known?: EventSourceError): EventSourceError | undefined {
  if (!first || !second) return undefined;
  const excerpt = first[1] || undefined;
  const headers = second[1] ? new Headers({ "content-type": second[1] }) : undefined;
  const problem = problemOf(first[0], second[0], { excerpt, headers });
  return known?.code === problem.code || problem.code === "unsupported" ? (known ?? problem) : problem;
}
