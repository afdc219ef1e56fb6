// `everstream/slim`: the core comes from where `init` is told.

import { loadCore, setWasm, type Wasm } from "./load.js";

/**
 * Says where the core is, and begins to load it. Sources may be made before: their connections open
 * meanwhile. Rejects where it can't be loaded, as every source then says too.
 */
export async function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  setWasm(() => wasm);
  await loadCore();
}

export * from "./exports.js";
