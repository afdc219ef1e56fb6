// The body of an answer that is no event stream: what the server has to say about it.

import { type Body, ChunkReader } from "./chunks.js";

/** In bytes. */
const LIMIT = 64 * 1024;

/** In milliseconds. */
const PATIENCE = 1000;

/** As much of the body as comes soon, up to 64 KiB; the rest is not waited for. Never rejects. */
export async function bodyOf(body: Body | null | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  let reader: ChunkReader | undefined;
  try {
    reader = body ? new ChunkReader(body) : undefined;
    // Not `setTimeout`, which a test may have replaced.
    AbortSignal.timeout(PATIENCE).addEventListener("abort", () => void reader?.cancel());
    for (let chunk; length < LIMIT && (chunk = await reader?.read()); ) {
      text += decoder.decode(chunk.subarray(0, LIMIT - length), { stream: true });
      length += chunk.length;
    }
  } catch {
    // What came before is what there is.
  }
  void reader?.cancel();
  return text;
}
