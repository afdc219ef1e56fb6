export * from "./mux-types.js";
export * from "./types.js";

import type { Wasm } from "./slim.js";

/** Loads `everstream-mux.wasm`, given as its address or its content. Multiplexers and sources may be created before. */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void>;
