// `everstream` on Cloudflare Workers, which compile no bytes at run time and bundle `.wasm` files as
// modules.

import wasm from "./everstream.wasm";
import { setWasm } from "./load.js";

setWasm(() => wasm);

export * from "./exports.js";
