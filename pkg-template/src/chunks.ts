// Reads bodies of any kind in chunks.

import { encoder } from "./platform.js";

/** Bytes that are copied into the core and parsed at a time. */
export const PIECE = 64 * 1024;

/** The bodies that a user's own `fetch` returns: the platform's streams, Node's, or any async iterable. */
export type Body = Partial<ReadableStream<unknown>> & Partial<AsyncIterable<unknown>> & { destroy?: () => void };

interface Source {
  read(): Promise<{ done?: boolean | undefined; value?: unknown }>;
  cancel(): unknown;
}


/** A body, or a chunk of one, that can't be read. */
export class Unreadable extends Error {}

/**
 * Reads a body in chunks. Where the platform can read into a given buffer, a chunk is at most a piece, and one buffer
 * goes back and forth. That is faster than a new buffer for each chunk. New buffers can have several megabytes, and
 * filling one of those blocks the page for many milliseconds.
 */
export class ChunkReader {
  readonly #own: ReadableStreamBYOBReader | undefined;
  readonly #given: Source | undefined;
  #buffer = new ArrayBuffer(0);
  /** The first half of a character whose second half begins the next chunk of text. */
  #half = "";

  /** Throws `Unreadable` for a body that can't be read. */
  constructor(body: Body) {
    try {
      this.#own = body.getReader!({ mode: "byob" });
      this.#buffer = new ArrayBuffer(PIECE);
    } catch {
      // WebKit has no such reader, nor has a stream that a user's own `fetch` has built from chunks.
      this.#given = sourceOf(body);
    }
  }

  /** Returns the next chunk, valid until the following call. Rejects with `Unreadable` for any other kind of chunk. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#given) {
      const { value, done } = await this.#given.read();
      return done ? undefined : this.#bytes(value);
    }
    const { value, done } = await this.#own!.read(new Uint8Array(this.#buffer));
    if (done) return undefined;
    this.#buffer = value.buffer;
    return value;
  }

  /** Cancels the body. Never rejects. */
  async cancel(): Promise<void> {
    await ignoring(() => (this.#own ?? this.#given)!.cancel());
  }

  async #bytes(chunk: unknown): Promise<Uint8Array> {
    if (chunk instanceof Uint8Array) return chunk;
    if (typeof chunk === "string") {
      const text = this.#half + chunk;
      this.#half = /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : "";
      return encoder.encode(this.#half ? text.slice(0, -1) : text);
    }
    if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const { arrayBuffer } = Object(chunk) as Partial<Blob>;
    const buffer = arrayBuffer ? await arrayBuffer.call(chunk as Blob) : chunk;
    // Compared by name, since the buffer may be of another realm.
    if (/ArrayBuffer\]$/.test(Object.prototype.toString.call(buffer))) return new Uint8Array(buffer as ArrayBuffer);
    throw new Unreadable(`a chunk of its body is of type \`${chunk === null ? null : typeof chunk}\`, neither bytes nor text`);
  }
}

function sourceOf(body: Body): Source {
  if (body.locked) throw new Unreadable("its body is locked or has been read");
  if (body.getReader) return body.getReader();
  const iterate = body[Symbol.asyncIterator];
  if (!iterate) throw new Unreadable("its body is no stream");
  const chunks = iterate.call(body);
  return {
    read: () => chunks.next(),
    // An iterator that waits for a chunk doesn't end before the chunk arrives. Node's streams end at `destroy`.
    cancel: () => (body.destroy ? body.destroy() : chunks.return?.()),
  };
}

/** Cancels a body that nobody reads. Never rejects. */
export const discard = (body: Body | null | undefined): Promise<void> =>
  ignoring(() => (body?.cancel ? body.cancel() : body?.destroy?.()));

async function ignoring(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // An error of a cancelled body concerns nobody.
  }
}
