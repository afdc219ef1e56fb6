export * from "./types.js";

/** What the core can be made of. */
export type Wasm = URL | string | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Says where `everstream.wasm` is, and loads it. Sources may be made before: their connections open
 * meanwhile.
 */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void>;
