// Adapts the user's functions to the numbers in which the core asks.

import type { Asked } from "./core.js";
import type { Options } from "./options.js";
import { type Details, problemOf, report } from "./problem.js";
import { Answer } from "./tables.js";

type Name = "retry" | "until" | "follows";

/**
 * Returns a function that calls a user's one. An exception is reported: it must not pass through the core, which is
 * running. A promise is reported too, once: the core can't wait for it.
 */
function asker(name: Name): <T>(asked: () => T) => T | undefined {
  let isToldLate = false;
  return (asked) => {
    try {
      const answer = asked();
      if (typeof (answer as { then?: unknown } | undefined)?.then !== "function") return answer;
      if (!isToldLate) report(new TypeError(`the option \`${name}\` returned a promise, which is not waited for: it must answer at once`));
      isToldLate = true;
    } catch (failure) {
      report(failure);
    }
    return undefined;
  };
}

/**
 * Wraps the functions among the options. `known` returns this side's details of the failure that `retry` is asked
 * about.
 */
export function askedOf({ retry, until, follows }: Pick<Options, Name>, known: () => Details): Asked {
  const [askRetry, askUntil, askFollows] = [asker("retry"), asker("until"), asker("follows")];
  return {
    decide:
      typeof retry === "function"
        ? (code, detail, failures) => {
            const answer = askRetry(() => retry(problemOf(code, detail, known()), { failures }));
            if (typeof answer === "number" && answer >= 0) return answer;
            return answer === true ? Answer.Retry : answer === false ? Answer.Stop : Answer.Default;
          }
        : undefined,
    until:
      typeof until === "function"
        ? (type, data, lastEventId) => {
            const answer = askUntil(() => until({ type, data, lastEventId }));
            return answer === "last" ? 2 : +!!answer;
          }
        : undefined,
    follows: typeof follows === "function" ? (previous, next) => !!askFollows(() => follows(previous, next)) : undefined,
  };
}
