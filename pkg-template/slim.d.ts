export * from "./types.js";

/** What the core can be made of. */
export type Wasm = URL | string | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule;

/** A `WebAssembly.Module`, where the library of types knows it. */
type WasmModule = typeof globalThis extends { WebAssembly: { Module: new (...args: never) => infer Module } } ? Module : object;

/**
 * Says where `everstream.wasm` is, and loads it. Sources may be made before: their connections open
 * meanwhile.
 */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void>;
