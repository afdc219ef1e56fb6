export * from "./mux-types.js";
export * from "./types.js";
