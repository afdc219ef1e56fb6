// `everstream/mux`: everything in one file, nothing to set up.

import { bytesOf } from "./inline.js";
import { setWasm } from "./load.js";

declare const EVERSTREAM_MUX_WASM: string;

setWasm(() => bytesOf(EVERSTREAM_MUX_WASM), 1);

export * from "./mux-exports.js";
