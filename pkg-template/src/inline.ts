// The core's bytes as text, put here by `cargo xtask build`.

/** The digits, then the marks: each adds the number of digits once more to the digit that follows it. */
declare const EVERSTREAM_ALPHABET: readonly [digits: string, marks: string];
declare const EVERSTREAM_WASM: string;

/**
 * Bytes stay whole characters. In base64 they do not, so that what repeats itself is not found by what
 * compresses the file on its way: it would be larger by a quarter.
 */
export function wasmBytes(): Uint8Array<ArrayBuffer> {
  const [digits, marks] = EVERSTREAM_ALPHABET;
  const bytes = new Uint8Array(EVERSTREAM_WASM.length);
  let length = 0;
  let offset = 0;
  for (const character of EVERSTREAM_WASM) {
    const mark = marks.indexOf(character);
    if (mark < 0) {
      bytes[length++] = offset + digits.indexOf(character);
      offset = 0;
    } else offset = (mark + 1) * digits.length;
  }
  return bytes.slice(0, length);
}
