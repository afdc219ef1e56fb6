// Reads the body of an answer that is no event stream, in which a server may say why.

import { type Body, ChunkReader } from "./chunks.js";

/** Maximum number of bytes to read. */
const LIMIT = 64 * 1024;

/** Milliseconds to wait for the body. */
const PATIENCE = 1000;

/** Returns as much of the body as arrives soon, up to 64 KiB, and doesn't wait for the rest. Never rejects. */
export async function bodyOf(body: Body | null | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  let reader: ChunkReader | undefined;
  try {
    reader = body ? new ChunkReader(body) : undefined;
    // A test may have replaced `setTimeout`, and then the wait would not end.
    AbortSignal.timeout(PATIENCE).addEventListener("abort", () => void reader?.cancel());
    for (let chunk; length < LIMIT && (chunk = await reader?.read()); ) {
      text += decoder.decode(chunk.subarray(0, LIMIT - length), { stream: true });
      length += chunk.length;
    }
  } catch {
    // A body that fails yields the text that arrived before.
  }
  void reader?.cancel();
  return text;
}
