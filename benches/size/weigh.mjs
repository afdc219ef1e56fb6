// Shrinks the pages' programs as for publishing, and prints their sizes:
// `node weigh.mjs <wasm-opt> [<name of a framework> <folder of its programs>]...`

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

// The features that the Rust compiler enables by default. wasm-opt must be told of them.
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((feature) => `--enable-${feature}`);

const [optimizer, ...frameworks] = process.argv.slice(2);

/** Returns the size of a program, and that of its compressed form, in bytes. */
function weigh(folder, name) {
  const program = join(folder, `${name}_bg.wasm`);
  const shrunk = join(folder, `${name}.wasm`);
  execFileSync(process.execPath, [optimizer, "-Oz", ...FEATURES, program, "-o", shrunk], { stdio: "inherit" });
  const bytes = readFileSync(shrunk);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return [bytes.length, brotli.length];
}

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, " ");

const row = (name, cells) => console.log(`| ${[name, ...cells].join(" | ")} |`);

row("bytes", ["wasm", "brotli"]);
console.log("|---|---:|---:|");
while (frameworks.length > 0) {
  const [framework, folder] = frameworks.splice(0, 2);
  const page = weigh(folder, "nothing");
  const more = (name) => weigh(folder, name).map((bytes, index) => `+${grouped(bytes - page[index])}`);
  row(`${framework}, the page alone`, page.map(grouped));
  row("with `gloo-net` and `serde_json`", more("gloo-net"));
  row("with `everstream`", more("everstream"));
}
