// `everstream/shared/slim`: the core comes from where `init` is told.

import { expectInit, initialise, type Wasm } from "./load.js";
import { setShare } from "./share.js";
import { shareConnection } from "./sharing.js";

/** Says where the core is, and begins to load it, as that of `everstream/slim` does. */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  return initialise(wasm, 2);
}

expectInit();

setShare(shareConnection);

export * from "./mux-exports.js";
