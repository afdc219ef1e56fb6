export { EventSource } from "./event-source.js";
export { EventSourceError } from "./problem.js";
export { EventSourceErrorEvent } from "./error-event.js";
