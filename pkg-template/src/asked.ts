// Adapts the user's functions to the numbers in which the core asks.

import type { Asked } from "./core.js";
import type { Options } from "./options.js";
import { type Details, problemOf, report } from "./problem.js";
import { Answer } from "./tables.js";

/** Calls a user's function. An exception is reported: it must not pass through the core, which is running. */
function ask<T>(asked: () => T): T | undefined {
  try {
    return asked();
  } catch (failure) {
    report(failure);
    return undefined;
  }
}

/**
 * Wraps the functions among the options. `known` returns this side's details of the failure that `retry` is asked
 * about.
 */
export function askedOf({ retry, until, follows }: Pick<Options, "retry" | "until" | "follows">, known: () => Details): Asked {
  return {
    decide:
      typeof retry === "function"
        ? (code, detail, failures) => {
            const answer = ask(() => retry(problemOf(code, detail, known()), { failures }));
            if (typeof answer === "number" && answer >= 0) return answer;
            return answer === true ? Answer.Retry : answer === false ? Answer.Stop : Answer.Default;
          }
        : undefined,
    until:
      typeof until === "function"
        ? (type, data, lastEventId) => {
            const answer = ask(() => until({ type, data, lastEventId }));
            return answer === "last" ? 2 : +(answer === true);
          }
        : undefined,
    follows: typeof follows === "function" ? (previous, next) => !!ask(() => follows(previous, next)) : undefined,
  };
}
