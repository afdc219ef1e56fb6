// Identical sources of one page are one, for those who ask for it.

import type { Options } from "./options.js";
import { refuse } from "./check.js";
import { resolve } from "./settings.js";
import { type Stream, Watched } from "./watch.js";

const sources = new Map<string, Watched>();

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number for an object that can't be compared by what is in it. */
function identity(value: object): string {
  if (!numbers.has(value)) numbers.set(value, ++count);
  return `#${numbers.get(value)}`;
}

/**
 * Functions count as equal, since components write them anew at each rendering; validators, signals and bodies that
 * are no text are equal only to themselves.
 */
function comparable(this: Record<string, unknown>, name: string, _text: unknown): unknown {
  const value = this[name];
  if (Object(value) !== value) return value;
  const given = value as object;
  if ("~standard" in given) return identity(given);
  if (typeof given === "function") return "function";
  if (given instanceof Headers) return [...given];
  const parent = Object.getPrototypeOf(given);
  return Array.isArray(given) || parent === Object.prototype || parent === null ? given : identity(given);
}

export function dedupe(
  text: boolean | string,
  url: string,
  options: Options,
  open: (latest: () => Options | undefined) => Stream,
): Watched {
  if (typeof text !== "boolean" && typeof text !== "string") refuse("dedupe", "it must be a boolean or a string");
  const known = Object.fromEntries(Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1)));
  const key = JSON.stringify([text, resolve(url).href, known], comparable);
  let found = sources.get(key);
  if (!found) {
    found = new Watched(open, () => {
      if (sources.get(key) === found) sources.delete(key);
    });
    // One that is closed from the start is nobody else's.
    if (found.facts.state !== "closed") sources.set(key, found);
  }
  return found;
}
