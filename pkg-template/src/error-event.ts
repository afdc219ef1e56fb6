// The `error` event that says why.

import { PlatformEvent } from "./platform.js";
import type { Code, EventSourceError } from "./problem.js";
import { show } from "./show.js";

export class EventSourceErrorEvent extends PlatformEvent {
  declare readonly error: EventSourceError;
  declare readonly code: Code;
  declare readonly status: number | undefined;
  declare readonly message: string;
  /** In milliseconds; `undefined` where it is not tried again, or the platform does it by itself. */
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
