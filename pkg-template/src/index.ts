// `everstream`: everything in one file, nothing to set up.

import { bytesOf } from "./inline.js";
import { setWasm } from "./load.js";

declare const EVERSTREAM_WASM: string;

setWasm(() => bytesOf(EVERSTREAM_WASM));

export * from "./exports.js";
