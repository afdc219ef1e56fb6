// `everstream/mux` on Cloudflare Workers, see `workerd.ts`.

import wasm from "./everstream-mux.wasm";
import { setWasm } from "./load.js";

setWasm(() => wasm, 1);

export * from "./mux-exports.js";
