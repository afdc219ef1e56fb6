// One attempt by fetch.

import { type Body, discard } from "./chunks.js";
import { badAnswer, badHeaders } from "./problem.js";
import { byteString, type Settings } from "./settings.js";

/** What the core asks for. */
export interface Attempt {
  number: number;
  native: boolean;
  /** 0: there is no position; 1: by the header; 2: by the query parameter. */
  resume: number;
  id: string;
  unauthorized: boolean;
}

/** The headers could not be had. */
export class NoHeaders {
  constructor(readonly cause: unknown) {}
}

/** What a multiplexer has an attempt ask for. */
export interface Planned {
  method: string;
  url: string;
  type: string;
  body: string;
}

/** An answer, whoever has made it. */
export interface Answer {
  status: number;
  headers: Headers;
  url: URL;
  body: Body | null | undefined;
}

/** Some platforms refuse what they do not know. */
const knows = (option: "cache" | "credentials") => option in Request.prototype;

/** The URL of an attempt, with the position in the query where it goes there. */
export function urlOf(base: URL, settings: Settings, { resume, id }: Attempt): string {
  const url = new URL(base);
  if (resume === 2) {
    const name = encodeURIComponent(settings.lastEventIdParam);
    // `searchParams` would write the rest anew, in its own way.
    const kept = url.search.slice(1).split("&").filter((pair) => pair && pair.split("=")[0] !== name);
    url.search = [...kept, `${name}=${encodeURIComponent(id)}`].join("&");
  }
  return url.href;
}

/** Headers as a plain object, which a user's own `fetch` can spread. */
function plain(headers: Headers, given: object | undefined): Record<string, string> {
  // By the names that they were given, so that `{ ...init.headers, Authorization }` replaces one.
  const names = new Map(["Accept", "Last-Event-ID", "Authorization", ...Object.keys(given ?? {})].map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(Array.from(headers, ([name, value]) => [names.get(name) ?? name, value]));
}

/**
 * Sends the request. Rejects with `NoHeaders`, with an `EventSourceError` for what no attempt can cure, or as
 * `fetch` does. What is planned is asked for last, and an attempt is one for an event stream unless it is not.
 */
export async function send(
  settings: Settings,
  attempt: Attempt,
  signal: AbortSignal,
  plan?: () => Planned | undefined,
  stream = true,
): Promise<Answer> {
  const { provider, authorization } = settings;
  let given = settings.headers;
  try {
    const { number, unauthorized } = attempt;
    if (provider) given = await provider({ attempt: number, unauthorized, signal });
  } catch (cause) {
    throw new NoHeaders(cause);
  }
  signal.throwIfAborted();
  let headers: Headers;
  try {
    headers = new Headers(given);
  } catch (cause) {
    throw badHeaders(cause);
  }
  if (stream && !headers.has("accept")) headers.set("accept", "text/event-stream");
  if (authorization && !headers.has("authorization")) headers.set("authorization", authorization);
  if (attempt.resume === 1) headers.set("last-event-id", byteString(attempt.id));
  const planned = plan?.();
  if (planned?.type) headers.set("content-type", planned.type);
  const { method, body } = planned ?? settings;
  const init: RequestInit & { duplex?: string } = { method, headers: plain(headers, given), signal };
  // An event stream is never from the cache; it also keeps Firefox from holding back a second fetch.
  if (knows("cache")) init.cache = "no-store";
  if (knows("credentials")) init.credentials = settings.credentials;
  if (body != null && !(planned && !body)) init.body = body;
  if (body instanceof ReadableStream) {
    if (body.locked) throw badAnswer("can't send `body` again: a stream is read once. Give text or bytes");
    init.duplex = "half";
  }
  const url = urlOf(planned ? new URL(planned.url, settings.url) : settings.url, settings, attempt);
  return answerOf(settings, await ask(settings, url, init));
}

/** Whatever a user's own `fetch` does, an attempt has an answer, a failure that may pass, or an `EventSourceError`. */
async function ask({ fetch, isOwnFetch }: Settings, url: string, init: RequestInit): Promise<Response> {
  let answer;
  try {
    answer = fetch(url, init);
  } catch (cause) {
    throw badAnswer("threw instead of returning a promise", cause);
  }
  try {
    return await answer;
  } catch (cause) {
    // Networks fail by errors. By name, since one of another realm is no instance of ours.
    if (!isOwnFetch || typeof (cause as Error | undefined)?.message === "string") throw cause;
    throw badAnswer(`rejected with \`${String(cause)}\`, which is no error`, cause);
  }
}

/** The answer of a `fetch` that may return anything. */
function answerOf(settings: Settings, answer: Partial<Response> | undefined): Answer {
  const status = Number(answer?.status);
  const { headers, body } = answer ?? {};
  if (!Number.isInteger(status) || !headers) {
    throw badAnswer(`returned \`${String(answer)}\`, which has no status and headers. Return a \`Response\``);
  }
  let url = settings.url;
  try {
    if (answer?.url) url = new URL(answer.url, url);
  } catch {
    // Then that of the request.
  }
  return { status, headers: typeof headers.get === "function" ? headers : new Headers(headers as never), url, body };
}

/** Whether the server of a request that failed without an answer would have given one to others. */
export async function isReachable(settings: Settings, signal: AbortSignal): Promise<boolean> {
  try {
    const init = { mode: "no-cors", cache: "no-store", credentials: settings.credentials, signal } as const;
    void discard((await settings.fetch(settings.url.href, init)).body);
    return true;
  } catch {
    return false;
  }
}

/** How many milliseconds `Retry-After` asks to wait (RFC 9110, section 10.2.3); negative if it doesn't. */
export function retryAfter(headers: Headers): number {
  const value = headers.get("retry-after")?.trim();
  if (!value) return -1;
  if (/^\d+$/.test(value)) return +value * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? -1 : Math.max(0, date - Date.now());
}
