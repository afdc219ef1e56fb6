/** The core as JavaScript, which the build generates from the WebAssembly. */
declare module "everstream-core" {
  const instantiate: (imports: WebAssembly.Imports) => WebAssembly.Exports;
  export default instantiate;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
