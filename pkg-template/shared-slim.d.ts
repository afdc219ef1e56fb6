export * from "./mux-types.js";
export * from "./types.js";

import type { Wasm } from "./slim.js";

/**
 * Says where `everstream-shared.wasm` is, and loads it. Multiplexers and sources may be made before.
 */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void>;
