// Cores as text, put into the entries by `cargo xtask build`.

/** The digits, then the marks: each adds the number of digits once more to the digit that follows it. */
declare const EVERSTREAM_ALPHABET: readonly [digits: string, marks: string];

/**
 * Bytes stay whole characters. In base64 they do not, so that what repeats itself is not found by what
 * compresses the file on its way: it would be larger by a quarter.
 */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const [digits, marks] = EVERSTREAM_ALPHABET;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let offset = 0;
  for (const character of text) {
    const mark = marks.indexOf(character);
    if (mark < 0) {
      bytes[length++] = offset + digits.indexOf(character);
      offset = 0;
    } else offset = (mark + 1) * digits.length;
  }
  return bytes.slice(0, length);
}
