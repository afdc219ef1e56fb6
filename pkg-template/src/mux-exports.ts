export { Channel } from "./channel.js";
export { Mux } from "./mux.js";
export * from "./exports.js";
