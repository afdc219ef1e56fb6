import { setTimeout as sleep } from 'node:timers/promises';

/** How long anything may take on a loaded machine, in milliseconds. */
const PATIENCE = 60_000;

/** Between two questions, in milliseconds. */
const PAUSE = 20;

/**
 * Asks again until the answer fits, and returns it. For what is known to the server or inside a
 * page that can't run: neither can announce it.
 */
export async function eventually(what, ask, fits) {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`waited in vain: ${what}; last seen: ${JSON.stringify(answer)}`);
    }
    await sleep(PAUSE);
  }
}
