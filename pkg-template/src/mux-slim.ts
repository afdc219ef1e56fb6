// `everstream/mux/slim`: the core comes from the argument of `init`.

import { expectInit, initialise, type Wasm } from "./load.js";

/** Loads the core from `wasm`, as `init` of `everstream/slim` does. */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  return initialise(wasm, 1);
}

expectInit();

export * from "./mux-exports.js";
