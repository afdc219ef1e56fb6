// Merges identical sources of a page into one, if each asks for it.

import type { Options } from "./options.js";
import { must, type Stream, watch, type Watched } from "./watch.js";

const sources = new Map<string, Watched>();
const numbers = new WeakMap<object, number>();
let count = 0;

/**
 * Replaces values for JSON, so that options can be compared. Functions count as equal, since components create them
 * anew at each rendering. Validators, signals and bodies that can't be read are equal only to themselves.
 */
function comparable(this: Record<string, unknown>, name: string): unknown {
  const value = this[name] as object & Iterable<unknown>;
  if (Object(value) !== value) return value;
  if (!("~standard" in value)) {
    if (typeof value === "function") return "function";
    if (Symbol.iterator in value) return [...value];
    if ((value as object).constructor === Object) return value;
  }
  if (!numbers.has(value)) numbers.set(value, ++count);
  return `#${numbers.get(value)}`;
}

/** Returns the page's one source with these options. `text` keeps apart what is otherwise identical. */
export function dedupe(
  text: boolean | string,
  url: string,
  options: Options,
  open: (latest: () => Options | undefined) => Stream,
): Watched {
  must("dedupe", text, "boolean or string");
  const key = JSON.stringify([text, url, options], comparable);
  let found = sources.get(key);
  if (!found) {
    found = watch(open, () => sources.get(key) === found && sources.delete(key));
    // A source that is closed from the start must not be given to others.
    if (found.facts.state !== "closed") sources.set(key, found);
  }
  return found;
}
