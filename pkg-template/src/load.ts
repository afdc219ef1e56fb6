// Loads the core, once, when the first source is created.

import { Core } from "./core.js";

/** Values that a core can be loaded from. */
export type Wasm = Source | WebAssembly.Module | Instantiate;
/** A core in JavaScript: returns what instantiating a module would return. */
export type Instantiate = (imports: WebAssembly.Imports) => WebAssembly.Exports;
type Source = URL | string | Request | Response | BufferSource;

type Supply = () => Wasm | PromiseLike<Wasm>;

/** Each kind includes the one before: 1 adds the multiplexer, 2 adds what tabs share. */
type Kind = 0 | 1 | 2;

const supplies: (Supply | undefined)[] = [];
const cores: (Promise<Core> | undefined)[] = [];
let supplied: (() => void) | undefined;
let waiting: Promise<void> | undefined;
/** Imports an entry that supplies a core, where no entry has supplied one, and none waits for `init`. */
let fallback: (() => Promise<unknown>) | undefined;
/** Imports a core of kind 0 in JavaScript, where WebAssembly is refused. */
let substitute: (() => Promise<Instantiate>) | undefined;
let isInitExpected = false;

/** Milliseconds that a source waits for a core to be supplied, until it reports that none is. */
const PATIENCE = 1000;

/** Sets where a core comes from. Nothing is fetched or compiled yet. The first call counts. */
export function setWasm(make: Supply, kind: Kind = 0): void {
  supplies[kind] ??= make;
  supplied?.();
  waiting = supplied = undefined;
}

/** Sets the import used for a core that no entry supplies. */
export function setFallback(load: () => Promise<unknown>): void {
  fallback = load;
}

/** Sets the import used where the core without channels can't be compiled, as under a policy that forbids it. */
export function setSubstitute(load: () => Promise<Instantiate>): void {
  substitute = load;
}

/** Announces an entry whose `init` will be called. */
export function expectInit(): void {
  isInitExpected = true;
}

/** Implements `init` of the slim entries. After a failure it may be called again, with another value. */
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
 * Returns a core of at least this kind, the least one supplied. After a failure the next call tries again. `onWait` is
 * called after a second in which no core was supplied.
 */
export async function loadCore(least: Kind = 0, onWait?: (reason: Error) => void): Promise<Core> {
  for (;;) {
    const kind = supplies.findIndex((supply, kind) => supply && kind >= least) as Kind;
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

/** Exports by which each kind of core is told from other modules. */
const NEEDED = ["inbox", "subscribe", "hear"] as const;

async function load(supply: Supply, kind: Kind): Promise<Core> {
  const core = await instantiated(await supply(), kind);
  if (!core.wasm[NEEDED[kind]]) throw new Error("the module is not the one of this entry");
  return core;
}

async function instantiated(wasm: Wasm, kind: Kind): Promise<Core> {
  if (typeof wasm === "function") return translated(wasm as Instantiate);
  let module;
  try {
    // TypeScript takes every object for a `Module`, because that type has no members.
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
  // Compiling during the download requires the right content type, which not every server sends.
  return type.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
