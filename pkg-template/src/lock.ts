// A lock that at most one tab of an origin holds: the Web Locks API.

import { soon } from "./platform.js";
import { Input } from "./tables.js";

/** What has become of it: it is held, was taken away, or can't be had here. */
type Change = Input.LockHeld | Input.LockLost | Input.LockRefused;

/** One request, from when it is made until it is settled. */
interface Request {
  /** Ends the wait; a theft does not wait. */
  stop: AbortController;
  /** Lets the lock go, once it is held. */
  release?: () => void;
  /** It is not wanted any more. */
  isOver: boolean;
}

/** One name's lock, as one tab asks for it, holds it and lets it go. */
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

  /** Takes the lock from whoever holds it. */
  steal(): void {
    this.#ask({ steal: true }, new AbortController());
  }

  /** Lets the lock go, or leaves the queue. */
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
      // Settled when the lock is let go of.
      new Promise<void>((release) => {
        request.release = release;
        if (request.isOver) release();
        else this.onChange(Input.LockHeld);
      });
    // Refused or taken away, it fails; let go of, it does not.
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
