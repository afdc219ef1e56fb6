// Getting hold of the core: once, when the first source is made.

import { Core } from "./core.js";

/** What the core can be made of. */
export type Wasm = Source | WebAssembly.Module;
type Source = URL | string | Request | Response | BufferSource;

let supply: (() => Wasm | PromiseLike<Wasm>) | undefined;
let supplied: (() => void) | undefined;
let waiting: Promise<void> | undefined;
let loading: Promise<Core> | undefined;

/** Says where the core comes from. Nothing is fetched or compiled yet. The first to say it counts. */
export function setWasm(make: () => Wasm | PromiseLike<Wasm>): void {
  supply ??= make;
  supplied?.();
}

/** The core. After a failure, whoever asks next tries again. */
export function loadCore(): Promise<Core> {
  loading ??= load().catch((reason: unknown) => {
    loading = undefined;
    throw reason;
  });
  return loading;
}

async function load(): Promise<Core> {
  if (!supply) {
    waiting ??= new Promise((resolve) => (supplied = resolve));
    await waiting;
  }
  const wasm = await supply!();
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
