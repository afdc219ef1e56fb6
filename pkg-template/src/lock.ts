// A lock that at most one tab of an origin holds, by the Web Locks API.

import { soon } from "./platform.js";
import { Input } from "./tables.js";

/** Outcome for the lock: held, taken away, or not available here. */
type Change = Input.LockHeld | Input.LockLost | Input.LockRefused;

/** One request, from when it is made until it is settled. */
interface Request {
  /** Ends the wait. Stealing doesn't wait. */
  stop: AbortController;
  /** Releases the lock, once it is held. */
  release?: () => void;
  /** Whether the request is no longer wanted. */
  isOver: boolean;
}

/** One tab's side of a named lock: requests, holds and releases it. */
export class Lock {
  #present: Request | undefined;

  constructor(
    readonly name: string,
    readonly onChange: (change: Change) => void,
  ) {}

  /** Queues for the lock. */
  request(): void {
    const stop = new AbortController();
    this.#ask({ signal: stop.signal }, stop);
  }

  /** Takes the lock from its holder. */
  steal(): void {
    this.#ask({ steal: true }, new AbortController());
  }

  /** Releases the lock, or leaves the queue. */
  release(): void {
    const request = this.#present;
    if (!request) return;
    this.#present = undefined;
    request.isOver = true;
    if (request.release) request.release();
    else request.stop.abort();
  }

  #ask(options: LockOptions, stop: AbortController): void {
    this.release();
    const request: Request = { stop, isOver: false };
    this.#present = request;
    const held = () =>
      // Resolves when the lock is released.
      new Promise<void>((release) => {
        request.release = release;
        if (request.isOver) release();
        else this.onChange(Input.LockHeld);
      });
    // The platform's promise rejects if the lock is refused or stolen, but not if it is released.
    const settled = () => {
      if (request.isOver) return;
      request.isOver = true;
      this.onChange(request.release ? Input.LockLost : Input.LockRefused);
    };
    try {
      navigator.locks.request(this.name, options, held).then(settled, settled);
    } catch {
      soon(settled);
    }
  }
}
