// `everstream/no-wasm`: the core as JavaScript, for pages whose policy forbids WebAssembly and engines that have none.

import instantiate from "everstream-core";
import { setWasm } from "./load.js";

setWasm(() => instantiate);

export * from "./exports.js";
