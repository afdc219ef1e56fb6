// `everstream/mux`: everything in one file, nothing to set up.

import { bytesLater } from "./inline.js";
import { setWasm } from "./load.js";

declare const EVERSTREAM_MUX_WASM: string;

setWasm(() => bytesLater(EVERSTREAM_MUX_WASM), 1);

export * from "./mux-exports.js";
