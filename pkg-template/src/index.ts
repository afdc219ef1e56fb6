// `everstream`: everything in one file, nothing to set up.

import { bytesLater } from "./inline.js";
import { setSubstitute, setWasm } from "./load.js";

declare const EVERSTREAM_WASM: string;

setWasm(() => bytesLater(EVERSTREAM_WASM));

setSubstitute(() => import("./translated.js").then((module) => module.default));

export * from "./exports.js";
