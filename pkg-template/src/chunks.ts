// The chunks of a body.

/** So many bytes are copied into the core and parsed at a time. */
export const PIECE = 64 * 1024;

/**
 * Reads a body in chunks of at most a piece, into one buffer that goes to and fro, where the platform can do
 * that. It is faster than to be given a new buffer each time, and the largest of those have several
 * megabytes: to fill one blocks the page for many milliseconds.
 */
export class ChunkReader {
  readonly #own: ReadableStreamBYOBReader | undefined;
  readonly #given: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #buffer = new ArrayBuffer(0);

  constructor(body: ReadableStream<Uint8Array>) {
    try {
      this.#own = body.getReader({ mode: "byob" });
      this.#buffer = new ArrayBuffer(PIECE);
    } catch {
      // WebKit has no such reader, and no stream that a user's own `fetch` has made of chunks.
      this.#given = body.getReader();
    }
  }

  /** The next chunk, which is valid until the one after it is asked for. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#given) return (await this.#given.read()).value;
    const { value, done } = await this.#own!.read(new Uint8Array(this.#buffer));
    if (done) return undefined;
    this.#buffer = value.buffer;
    return value;
  }

  async cancel(): Promise<void> {
    await (this.#own ?? this.#given)!.cancel();
  }
}
