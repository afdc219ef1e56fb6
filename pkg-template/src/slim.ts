// `everstream/slim`: the core comes from the argument of `init`.

import { expectInit, initialise, type Wasm } from "./load.js";

/**
 * Loads the core from `wasm`. Sources may be created before: their connections open meanwhile. Rejects if the core
 * can't be loaded, which every source then reports too.
 */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  return initialise(wasm);
}

expectInit();

export * from "./exports.js";
