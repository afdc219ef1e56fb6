// `everstream/slim`: the core comes from where `init` is told.

import { expectInit, initialise, type Wasm } from "./load.js";

/**
 * Says where the core is, and begins to load it. Sources may be made before: their connections open
 * meanwhile. Rejects where it can't be loaded, as every source then says too.
 */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  return initialise(wasm);
}

expectInit();

export * from "./exports.js";
