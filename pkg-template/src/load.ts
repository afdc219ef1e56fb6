// Getting hold of the core: once, when the first source is made.

import { Core } from "./core.js";

/** What a core can be made of. */
export type Wasm = Source | WebAssembly.Module;
type Source = URL | string | Request | Response | BufferSource;

type Supply = () => Wasm | PromiseLike<Wasm>;

/** Each has what the one before has: the second the multiplexer too, the third what tabs share. */
type Kind = 0 | 1 | 2;

const supplies: (Supply | undefined)[] = [];
const cores: (Promise<Core> | undefined)[] = [];
let supplied: (() => void) | undefined;
let waiting: Promise<void> | undefined;

/** Says where a core comes from. Nothing is fetched or compiled yet. The first to say it counts. */
export function setWasm(make: Supply, kind: Kind = 0): void {
  supplies[kind] ??= make;
  supplied?.();
  waiting = supplied = undefined;
}

/** A core of at least this kind, the least that there is. After a failure, whoever asks next tries again. */
export async function loadCore(least: Kind = 0): Promise<Core> {
  for (;;) {
    const kind = supplies.findIndex((supply, kind) => supply && kind >= least);
    const supply = supplies[kind];
    if (supply) {
      cores[kind] ??= load(supply).catch((reason: unknown) => {
        cores[kind] = undefined;
        throw reason;
      });
      return cores[kind];
    }
    waiting ??= new Promise((resolve) => (supplied = resolve));
    await waiting;
  }
}

async function load(supply: Supply): Promise<Core> {
  const wasm = await supply();
  // To TypeScript every object is a `Module`, which has no members.
  const module = wasm instanceof WebAssembly.Module ? wasm : await compile(wasm as Source);
  return new Core((imports) => new WebAssembly.Instance(module, imports));
}

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
