// `everstream/mux/slim`: the core comes from where `init` is told.

import { loadCore, setWasm, type Wasm } from "./load.js";

/** Says where the core is, and begins to load it, as that of `everstream/slim` does. */
export async function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  setWasm(() => wasm, 1);
  await loadCore(1);
}

export * from "./mux-exports.js";
