// `everstream`: everything in one file, nothing to set up.

import { wasmBytes } from "./inline.js";
import { setWasm } from "./load.js";

setWasm(wasmBytes);

export * from "./exports.js";
