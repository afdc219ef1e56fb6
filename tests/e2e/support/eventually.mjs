import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that anything may take on a loaded machine. */
const PATIENCE = 60_000;

/** Milliseconds between two polls. */
const PAUSE = 20;

/**
 * Polls until the answer fits, and returns it. Polling suits facts that only the server knows, or a page that can't
 * run: neither can announce them.
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
