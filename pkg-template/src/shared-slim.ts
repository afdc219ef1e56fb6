// `everstream/shared/slim`: the core comes from the argument of `init`.

import { expectInit, initialise, type Wasm } from "./load.js";
import { setShare } from "./share.js";
import { shareConnection } from "./sharing.js";

/** Loads the core from `wasm`, as `init` of `everstream/slim` does. */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  return initialise(wasm, 2);
}

expectInit();

setShare(shareConnection);

export * from "./mux-exports.js";
