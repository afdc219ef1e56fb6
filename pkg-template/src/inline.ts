// Reads the cores that `cargo xtask build` puts into the entries as text.

import { turn } from "./turn.js";

declare const EVERSTREAM_DIGITS: string;
/** The nth mark adds n times the number of digits to the digit that follows it. */
declare const EVERSTREAM_MARKS: string;

/** Returns the bytes after a turn of the platform, so that the first request leaves before they are decoded. */
export async function bytesLater(text: string): Promise<Uint8Array<ArrayBuffer>> {
  await turn();
  return bytesOf(text);
}

/**
 * Decodes text in which no character holds parts of two bytes. Base64 characters do, which hides repetitions from the
 * compression of the file: it would be larger by a quarter.
 */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const [digits, marks] = [EVERSTREAM_DIGITS, EVERSTREAM_MARKS];
  const base = digits.length;
  // A table rather than an iterator, because this runs once, before the engine has optimized anything.
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
