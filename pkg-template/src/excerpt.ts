// The beginning of an answer that is no event stream: what the server has to say about it.

/** In bytes. */
const LIMIT = 1024;

/** In milliseconds. */
const PATIENCE = 1000;

/** As much of the body as comes soon; the rest is not waited for. Never rejects. */
export async function excerpt({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  const cancel = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(cancel, PATIENCE);
  let [text, length] = ["", 0];
  try {
    for (let chunk; length < LIMIT && !(chunk = await reader.read()).done; ) {
      text += decoder.decode(chunk.value.subarray(0, LIMIT - length), { stream: true });
      length += chunk.value.length;
    }
  } catch {
    // What came before is what there is.
  }
  clearTimeout(timer);
  cancel();
  return text;
}
