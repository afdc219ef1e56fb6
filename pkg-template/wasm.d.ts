/** A `WebAssembly.Module`, where the type library knows it. */
declare const module: typeof globalThis extends { WebAssembly: { Module: new (...args: never) => infer Module } }
  ? Module
  : object;
export default module;
