// `everstream/shared/slim`: the core comes from where `init` is told.

import { loadCore, setWasm, type Wasm } from "./load.js";
import { setShare } from "./share.js";
import { shareChannels, shareConnection } from "./sharing.js";

/** Says where the core is, and begins to load it, as that of `everstream/slim` does. */
export async function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void> {
  setWasm(() => wasm, 2);
  await loadCore(2);
}

setShare(shareConnection, shareChannels);

export * from "./mux-exports.js";
