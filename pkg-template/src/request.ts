// One attempt by fetch.

import type { Settings } from "./settings.js";

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

/**
 * Sends the request. Rejects with `NoHeaders`, or as `fetch` does. What is planned is asked for last, and
 * an attempt is one for an event stream unless it is not.
 */
export async function send(
  settings: Settings,
  attempt: Attempt,
  signal: AbortSignal,
  plan?: () => Planned | undefined,
  stream = true,
): Promise<Response> {
  const { provider } = settings;
  let headers: Headers;
  try {
    const { number, unauthorized } = attempt;
    headers = new Headers(provider ? await provider({ attempt: number, unauthorized, signal }) : settings.headers);
  } catch (cause) {
    throw new NoHeaders(cause);
  }
  if (stream) headers.set("accept", "text/event-stream");
  if (attempt.resume === 1) headers.set("last-event-id", byteString(attempt.id));
  const planned = plan?.();
  if (planned?.type) headers.set("content-type", planned.type);
  const { method, body } = planned ?? settings;
  const init: RequestInit = { method, headers, signal };
  // An event stream is never from the cache; it also keeps Firefox from holding back a second fetch.
  if (knows("cache")) init.cache = "no-store";
  if (knows("credentials")) init.credentials = settings.credentials;
  if (body != null && !(planned && !body)) init.body = body;
  return settings.fetch(urlOf(planned ? new URL(planned.url, settings.url) : settings.url, settings, attempt), init);
}

/** Whether the server of a request that failed without an answer would have given one to others. */
export async function isReachable(settings: Settings, signal: AbortSignal): Promise<boolean> {
  try {
    const init = { mode: "no-cors", cache: "no-store", credentials: settings.credentials, signal } as const;
    const response = await settings.fetch(settings.url.href, init);
    response.body?.cancel().catch(() => {});
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

/** Headers take one character for each byte, and the standard wants the ID in UTF-8. */
function byteString(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
