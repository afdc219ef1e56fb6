// `everstream/shared`: everything in one file, nothing to set up.

import { bytesLater } from "./inline.js";
import { setWasm } from "./load.js";
import { setShare } from "./share.js";
import { shareConnection } from "./sharing.js";

declare const EVERSTREAM_SHARED_WASM: string;

setWasm(() => bytesLater(EVERSTREAM_SHARED_WASM), 2);

setShare(shareConnection);

export * from "./mux-exports.js";
