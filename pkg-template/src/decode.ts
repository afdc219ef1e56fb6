// Decodes the text of an event as the user's options ask.

import type { Schemas } from "./options.js";
import { EventSourceError } from "./problem.js";

/** Returns the value, or an error that says why there is none. A validator may make this a promise. */
export function decode(
  eventType: string,
  data: string,
  json: boolean,
  bytes: boolean,
  schemas: Schemas | undefined,
): unknown | Promise<unknown> {
  let value: unknown = data;
  if (bytes || json) {
    // Empty data has no value. An MCP server sends it in an event that only says where the stream is.
    if (!data) return undefined;
    try {
      value = bytes ? bytesOf(data) : JSON.parse(data);
    } catch (cause) {
      const message = `the data of a \`${eventType}\` event is not ${bytes ? "base64" : "JSON"}: ${(cause as Error).message}`;
      return new EventSourceError("invalid-data", message, { cause, data, eventType });
    }
  }
  const schema = schemas && Object.hasOwn(schemas, eventType) ? schemas[eventType] : undefined;
  if (!schema) return value;
  const judge = (result: { value?: unknown; issues?: readonly { message: string }[] | undefined }) => {
    const { issues } = result;
    if (!issues) return result.value;
    const message = `the data of a \`${eventType}\` event is not what was asked for: ${issues[0]?.message ?? "no reason given"}`;
    return new EventSourceError("invalid-data", message, { data, eventType, issues });
  };
  const failed = (cause: unknown) =>
    new EventSourceError("invalid-data", `the validator of \`${eventType}\` events failed`, {
      cause,
      data,
      eventType,
    });
  try {
    const result = schema["~standard"].validate(value);
    return result instanceof Promise ? result.then(judge).catch(failed) : judge(result);
  } catch (cause) {
    return failed(cause);
  }
}

/** Decodes base64, in either of its alphabets. */
const bytesOf = (data: string) =>
  Uint8Array.from(atob(data.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
