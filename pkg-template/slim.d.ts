export * from "./types.js";

/** Values that the core can be loaded from. */
export type Wasm = URL | string | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule;

/** A `WebAssembly.Module`, where the type library knows it. */
type WasmModule = typeof globalThis extends { WebAssembly: { Module: new (...args: never) => infer Module } } ? Module : object;

/**
 * Loads `everstream.wasm`, given as its address or its content. Sources may be created before: their connections open
 * meanwhile.
 */
export function init(wasm: Wasm | PromiseLike<Wasm>): Promise<void>;
