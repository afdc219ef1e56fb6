// `everstream/shared` on Cloudflare Workers, see `workerd.ts`.

import wasm from "./everstream-shared.wasm";
import { setWasm } from "./load.js";
import { setShare } from "./share.js";
import { shareConnection } from "./sharing.js";

setWasm(() => wasm, 2);

setShare(shareConnection);

export * from "./mux-exports.js";
