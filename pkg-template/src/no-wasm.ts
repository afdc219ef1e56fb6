// `everstream/no-wasm`: the core as JavaScript, for pages whose policy forbids WebAssembly and engines that have none.

import { setWasm } from "./load.js";
import instantiate from "./translated.js";

setWasm(() => instantiate);

export * from "./exports.js";
