// The core's bytes, put here by `cargo xtask build`.

declare const EVERSTREAM_WASM: string;

export function wasmBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(EVERSTREAM_WASM), (character) => character.charCodeAt(0));
}
