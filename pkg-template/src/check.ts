// Checks options when they are given, so that mistakes are reported at the call.

/** Rule for a value: the name of its type, its minimum, or a condition for an object. */
type Rule = string | number | ((value: never) => unknown);
export type Rules = { readonly [option: string]: Rule };

const isSchema = (schema: { "~standard"?: { validate?: unknown } }) => schema?.["~standard"]?.validate;

export const CHANNEL_RULES: Rules = {
  lastEventId: "string",
  json: "boolean",
  bytes: (value: unknown) => Array.isArray(value),
  schemas: (value: object) => !Array.isArray(value) && Object.values(value).every(isSchema),
};

export const RULES: Rules = {
  ...CHANNEL_RULES,
  // WebIDL accepts any value as a boolean.
  withCredentials: "",
  headers: () => true,
  method: "string",
  // `checkOptions` checks the body together with the method.
  body: "",
  fetch: "function",
  redirect: "string",
  signal: (value: AbortSignal) => typeof value.aborted === "boolean" && value.addEventListener,
  shared: "string",
  transport: "string",
  heartbeatTimeout: 1,
  openTimeout: 1,
  pauseWhenHidden: "boolean",
  retry: (value: unknown) => !Array.isArray(value),
  lastEventIdParam: "string",
  maxEventSize: 1,
  idempotent: "boolean",
  end: "string",
  resume: (value: unknown) => typeof value === "function",
  request: "function",
  until: (value: unknown) => typeof value === "function",
  follows: (value: unknown) => typeof value === "function",
  replays: "boolean",
  deliverUnfinished: "boolean",
  logger: ({ debug }: { debug?: unknown }) => typeof debug === "function",
};

export const RETRY_RULES: Rules = {
  initialDelay: 0,
  maxDelay: 1,
  maxAttempts: 0,
  jitter: "boolean",
  resetAfter: 0,
};

/** Descriptions of some options, and a test for the values they have beside an object or a function. */
const OTHERS: { [option: string]: [wanted: string, isOther: (value: unknown) => boolean] } = {
  retry: ["an object, a function or `false`", (value) => value === false],
  signal: ["an `AbortSignal`", (value) => value === null],
  resume: ["'get' or a function", (value) => value === "get"],
  follows: ["'integers' or a function", (value) => value === "integers"],
  until: ["a string or a function", (value) => typeof value === "string"],
  logger: ["an object with a method `debug`, such as `console`", () => false],
  bytes: ["a boolean or a list of event types", (value) => typeof value === "boolean"],
};

/**
 * Returns a copy of the options without those that are `undefined`. Each is read once, as WebIDL has it: a class may
 * inherit them, and the caller may change the object afterwards. Throws for values that break their rule, and for names
 * that have none.
 */
export function check<Given extends object>(options: Given | null | undefined, rules: Rules, prefix = ""): Given {
  if (options != null && !/^(object|function)$/.test(typeof options)) throw new TypeError("options are an object");
  const copy: Record<string, unknown> = {};
  const names = Object.keys(rules);
  for (const name of new Set([...Object.keys(options ?? {}), ...names])) {
    const value = (options as Record<string, unknown> | null)?.[name];
    if (value === undefined) continue;
    copy[name] = value;
    // A value that `OTHERS` allows needs no check.
    if (OTHERS[name]?.[1](value)) continue;
    if (!names.includes(name)) {
      const near = names.find((known) => distance(known.toLowerCase(), name.toLowerCase()) < 4);
      refuse(prefix + name, near ? `it does not exist; did you mean \`${near}\`?` : `it does not exist; there are ${names.join(", ")}`);
    }
    const rule = rules[name]!;
    const wanted = typeof rule === "number" ? `number, at least ${rule}` : typeof rule === "function" ? "object" : rule;
    const holds =
      typeof rule === "number"
        ? typeof value === "number" && value >= rule
        : typeof rule === "function"
          ? Object(value) === value && rule(value as never)
          : rule === typeof value || !rule;
    if (!holds) refuse(prefix + name, `it must be ${OTHERS[name]?.[0] ?? `of type ${wanted}`}`);
    if (name === "lastEventId" && /[\0\r\n]/.test(value as string)) refuse(name, "an ID has no NUL, LF or CR");
  }
  return copy as Given;
}

export function refuse(option: string, reason: string): never {
  throw new TypeError(`the option \`${option}\` is not usable: ${reason}`);
}

/** Returns how many letters must be inserted, removed or changed to turn one word into the other. */
function distance(one: string, other: string): number {
  let row = Array.from(other + 1, (_, place) => place);
  for (const letter of one) {
    const next = [row[0]! + 1];
    for (let place = 0; place < other.length; place++) {
      next.push(Math.min(next[place]! + 1, row[place + 1]! + 1, row[place]! + +(letter !== other[place])));
    }
    row = next;
  }
  return row.at(-1)!;
}
