// Cores as text, put into the entries by `cargo xtask build`.

import { turn } from "./turn.js";

declare const EVERSTREAM_DIGITS: string;
/** Each adds the number of digits once more to the digit that follows it. */
declare const EVERSTREAM_MARKS: string;

/** The bytes, once the platform has had a turn: the request leaves before they are read. */
export async function bytesLater(text: string): Promise<Uint8Array<ArrayBuffer>> {
  await turn();
  return bytesOf(text);
}

/**
 * Bytes stay whole characters. In base64 they do not, so that what repeats itself is not found by what
 * compresses the file on its way: it would be larger by a quarter.
 */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const [digits, marks] = [EVERSTREAM_DIGITS, EVERSTREAM_MARKS];
  const base = digits.length;
  // A table and no iterator: this runs once, before anything has been optimised.
  const places = new Uint8Array(128);
  for (let place = 0; place < base; place++) places[digits.charCodeAt(place)] = place;
  for (let mark = 0; mark < marks.length; mark++) places[marks.charCodeAt(mark)] = base + mark;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let offset = 0;
  for (let at = 0; at < text.length; at++) {
    const place = places[text.charCodeAt(at)]!;
    if (place < base) {
      bytes[length++] = offset + place;
      offset = 0;
    } else offset = (place - base + 1) * base;
  }
  return bytes.slice(0, length);
}
