// `everstream`: everything in one file, nothing to set up.

import { bytesLater } from "./inline.js";
import { setWasm } from "./load.js";

declare const EVERSTREAM_WASM: string;

setWasm(() => bytesLater(EVERSTREAM_WASM));

export * from "./exports.js";
