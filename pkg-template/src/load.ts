// Getting hold of the core: once, when the first source is made.

import { Core } from "./core.js";

/** What a core can be made of. */
export type Wasm = Source | WebAssembly.Module | Instantiate;
/** A core that is JavaScript: what instantiating a module would return. */
export type Instantiate = (imports: WebAssembly.Imports) => WebAssembly.Exports;
type Source = URL | string | Request | Response | BufferSource;

type Supply = () => Wasm | PromiseLike<Wasm>;

/** Each has what the one before has: the second the multiplexer too, the third what tabs share. */
type Kind = 0 | 1 | 2;

const supplies: (Supply | undefined)[] = [];
const cores: (Promise<Core> | undefined)[] = [];
let supplied: (() => void) | undefined;
let waiting: Promise<void> | undefined;
/** Brings an entry that supplies a core, for those that have none and wait for none. */
let fallback: (() => Promise<unknown>) | undefined;
/** Brings a core of the first kind that is JavaScript, for where WebAssembly is refused. */
let substitute: (() => Promise<Instantiate>) | undefined;
let isInitExpected = false;

/** So long, in milliseconds, a source waits until it says that nobody has said where the core is. */
const PATIENCE = 1000;

/** Says where a core comes from. Nothing is fetched or compiled yet. The first to say it counts. */
export function setWasm(make: Supply, kind: Kind = 0): void {
  supplies[kind] ??= make;
  supplied?.();
  waiting = supplied = undefined;
}

/** What is imported when a core is wanted that no entry supplies. */
export function setFallback(load: () => Promise<unknown>): void {
  fallback = load;
}

/** What is imported where the core without channels can't be compiled, as under a policy that forbids it. */
export function setSubstitute(load: () => Promise<Instantiate>): void {
  substitute = load;
}

/** An entry is there whose `init` will be called. */
export function expectInit(): void {
  isInitExpected = true;
}

/** `init` of the slim entries. One that has failed may be called again, with something else. */
export async function initialise(wasm: Wasm | PromiseLike<Wasm>, kind: Kind = 0): Promise<void> {
  const make = () => wasm;
  setWasm(make, kind);
  try {
    await loadCore(kind);
  } catch (reason) {
    if (supplies[kind] === make) supplies[kind] = undefined;
    throw reason;
  }
}

/**
 * A core of at least this kind, the least that there is. After a failure, whoever asks next tries again. `onWait`
 * is called where nobody has said for a second where it is.
 */
export async function loadCore(least: Kind = 0, onWait?: (reason: Error) => void): Promise<Core> {
  for (;;) {
    const kind = supplies.findIndex((supply, kind) => supply && kind >= least);
    const supply = supplies[kind];
    if (supply) {
      cores[kind] ??= load(supply, kind).catch((reason: unknown) => {
        cores[kind] = undefined;
        throw reason;
      });
      return cores[kind];
    }
    if (fallback && !isInitExpected) {
      await fallback();
      continue;
    }
    const timer = setTimeout(() => onWait?.(new Error("`init()` has not been called, which says where it is")), PATIENCE);
    waiting ??= new Promise((resolve) => (supplied = resolve));
    await waiting;
    clearTimeout(timer);
  }
}

async function load(supply: Supply, kind: number): Promise<Core> {
  const wasm = await supply();
  if (typeof wasm === "function") return translated(wasm as Instantiate);
  let module;
  try {
    // To TypeScript every object is a `Module`, which has no members.
    module = wasm instanceof WebAssembly.Module ? wasm : await compile(wasm as Source);
  } catch (reason) {
    if (kind || !substitute) throw reason;
    return translated(
      await substitute().catch(() => {
        throw reason;
      }),
    );
  }
  return new Core((imports) => new WebAssembly.Instance(module, imports));
}

const translated = (instantiate: Instantiate): Core => new Core((imports) => ({ exports: instantiate(imports) }));

async function compile(wasm: Source): Promise<WebAssembly.Module> {
  if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return WebAssembly.compile(wasm);
  const response = wasm instanceof Response ? wasm : await fetch(wasm);
  if (!response.ok) throw new Error(`${response.url} answered with status ${response.status}`);
  const type = response.headers.get("content-type") ?? "";
  // Compiling while it arrives demands the right content type, which not every server knows.
  return type.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
