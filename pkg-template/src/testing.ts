// `everstream/testing`: a server within the test, as a `fetch` function, and a virtual clock.

export { VirtualClock } from "./virtual-clock.js";

interface Sent {
  readonly number: number;
  readonly text: string;
}

interface Refusal {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  left: number;
}

interface SeenRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly lastEventId: string;
  readonly status: number;
}

const encoder = new TextEncoder();

/** Statuses whose answers have no body. */
const EMPTY = [204, 205, 304];

/** A connection to a stream: its body, until one side ends it. */
class Connection {
  isSilent = false;
  readonly body: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOpen = true;
  #beat: ReturnType<typeof setInterval> | undefined;
  readonly #left: (connection: Connection) => void;

  constructor(heartbeat: number, left: (connection: Connection) => void) {
    this.#left = left;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void this.#leave(),
    });
    if (heartbeat > 0) this.#beat = setInterval(() => this.send(": ping\n\n"), heartbeat);
  }

  send(text: string): void {
    if (this.#isOpen && !this.isSilent) this.#controller.enqueue(encoder.encode(text));
  }

  end(): void {
    if (this.#leave()) this.#controller.close();
  }

  cut(reason: unknown): void {
    if (this.#leave()) this.#controller.error(reason);
  }

  #leave(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    clearInterval(this.#beat);
    this.#left(this);
    return true;
  }
}

/** A stream of a `TestServer`: a log of events, and the connections that read it. */
export class TestStream {
  readonly requests: SeenRequest[] = [];
  #log: Sent[] = [];
  #last = 0;
  readonly #open = new Set<Connection>();
  readonly #refusals: Refusal[] = [];
  readonly #heartbeat: number;
  readonly #hasIds: boolean;

  constructor({ heartbeat = 0, ids = true }: { heartbeat?: number; ids?: boolean } = {}) {
    this.#heartbeat = heartbeat;
    this.#hasIds = ids;
  }

  get connections(): number {
    return this.#open.size;
  }

  send(data: unknown, { type }: { type?: string } = {}): void {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    const number = ++this.#last;
    const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
    const fields = `${this.#hasIds ? `id: ${number}\n` : ""}${type === undefined ? "" : `event: ${type}\n`}`;
    const sent = { number, text: `${fields}${lines.join("")}\n` };
    this.#log.push(sent);
    for (const connection of this.#open) connection.send(sent.text);
  }

  write(text: string): void {
    for (const connection of this.#open) connection.send(text);
  }

  cut(): void {
    for (const connection of [...this.#open]) connection.cut(new TypeError("the test has cut the connection"));
  }

  end(): void {
    for (const connection of [...this.#open]) connection.end();
  }

  silence(): void {
    for (const connection of this.#open) connection.isSilent = true;
  }

  refuse(status: number, { times = 1, headers = {}, body = "" }: { times?: number; headers?: Record<string, string>; body?: string } = {}): void {
    this.#refusals.push({ status, headers, body, left: times });
  }

  restart({ log = true }: { log?: boolean } = {}): void {
    if (!log) this.#log = [];
    this.cut();
  }

  answer(request: Request): Response {
    const header = request.headers.get("last-event-id");
    const lastEventId = header ?? new URL(request.url).searchParams.get("lastEventId") ?? "";
    const refusal = this.#refusals[0];
    if (refusal && --refusal.left <= 0) this.#refusals.shift();
    const status = refusal?.status ?? 200;
    const { url, method, headers } = request;
    this.requests.push({ url, method, headers, lastEventId, status });
    if (refusal) return new Response(EMPTY.includes(status) ? null : refusal.body, { status, headers: refusal.headers });
    return this.#stream(lastEventId, request.signal);
  }

  #stream(lastEventId: string, signal: AbortSignal): Response {
    const connection = new Connection(this.#heartbeat, (gone) => this.#open.delete(gone));
    this.#open.add(connection);
    signal.addEventListener("abort", () => connection.cut(signal.reason), { once: true });
    // A number that isn't one asks for nothing, as a server that reads it would find nothing.
    const after = lastEventId === "" ? Infinity : Number(lastEventId);
    for (const { number, text } of this.#log) if (number > after) connection.send(text);
    return new Response(connection.body, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
  }
}

/** A server that exists in the test alone. */
export class TestServer {
  readonly #streams = new Map<string, TestStream>();

  stream(path: string, options?: { heartbeat?: number; ids?: boolean }): TestStream {
    if (!path.startsWith("/")) throw new TypeError(`the path \`${path}\` doesn't begin with a slash`);
    if (this.#streams.has(path)) throw new TypeError(`there is a stream at \`${path}\` already`);
    const stream = new TestStream(options);
    this.#streams.set(path, stream);
    return stream;
  }

  // Bound to the server, because it is handed over as a function.
  readonly fetch = async (input: string | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { pathname } = new URL(request.url);
    const response = this.#streams.get(pathname)?.answer(request) ?? new Response(`no stream at ${pathname}`, { status: 404 });
    // A response that no network has brought has no URL of its own.
    Object.defineProperty(response, "url", { value: request.url });
    return response;
  };
}

type Source = EventTarget & { close(): void };

/** Opens a source and closes it, so that its core is compiled. */
export async function warmUp(Source: new (url: string, init: { fetch: TestServer["fetch"] }) => Source): Promise<void> {
  const server = new TestServer();
  server.stream("/");
  const source = new Source("http://warm-up.test/", { fetch: server.fetch });
  await new Promise((resolve, reject) => {
    source.addEventListener("open", resolve, { once: true });
    source.addEventListener("error", reject, { once: true });
  });
  source.close();
}
