// The `error` event, with the reason for it.

import { PlatformEvent } from "./platform.js";
import type { Code, EventSourceError } from "./problem.js";
import { show } from "./show.js";

export class EventSourceErrorEvent extends PlatformEvent {
  declare readonly error: EventSourceError;
  declare readonly code: Code;
  declare readonly status: number | undefined;
  declare readonly message: string;
  /** Milliseconds until the next attempt; `undefined` if there is none, or if the platform reconnects by itself. */
  declare readonly retryIn: number | undefined;

  constructor(error: EventSourceError, retryIn?: number) {
    super("error");
    const { code, status, message } = error;
    Object.assign(this, { error, code, status, message, retryIn });
  }
}

show<EventSourceErrorEvent>(EventSourceErrorEvent, "EventSourceErrorEvent", ({ type, code, status, message, retryIn }) => ({
  type,
  code,
  status,
  message,
  retryIn,
}));
