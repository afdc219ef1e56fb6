// Makes the package out of what wasm-bindgen has left: `node build.mjs <its .wasm> <the package>`.
// `cargo xtask build` runs it.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const [bound, pkg] = process.argv.slice(2);
const here = import.meta.dirname;

rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg, { recursive: true });

// What every engine has that this package supports, and Node 20 with them.
const FEATURES = ["bulk-memory", "bulk-memory-opt", "sign-ext", "mutable-globals", "nontrapping-float-to-int"];
const wasm = join(pkg, "everstream.wasm");
execFileSync(
  process.execPath,
  [
    join(here, "node_modules/binaryen/bin/wasm-opt"),
    ...["-Oz", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"],
    ...[...FEATURES, "multivalue", "reference-types"].map((feature) => `--enable-${feature}`),
    ...[bound, "-o", wasm],
  ],
  { stdio: "inherit" },
);

// Nobody is told where a panic was: the paths of source files tell only of the machine that built them.
const paths = /[\w./-]{8,}?\/[\w-]+\.rs/g;
const bytes = Buffer.from(
  readFileSync(wasm, "latin1").replace(paths, (path) => "\0".repeat(path.length)),
  "latin1",
);
writeFileSync(wasm, bytes);

const { alphabet, text } = characters(bytes);
await build({
  absWorkingDir: here,
  entryPoints: ["index", "slim", "workerd"].map((entry) => `src/${entry}.ts`),
  outdir: pkg,
  bundle: true,
  splitting: true,
  chunkNames: "[name]-[hash]",
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  external: ["*.wasm"],
  define: { EVERSTREAM_ALPHABET: JSON.stringify(alphabet), EVERSTREAM_WASM: JSON.stringify(text) },
});

/** Bytes as `src/inline.ts` reads them: characters that no tool escapes or takes for markup. */
function characters(bytes) {
  const all = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place));
  const plain = all.filter((character) => !/["'`$\\<]/.test(character));
  // With two marks, three times the digits are enough for a byte.
  const marks = plain.splice(-2).join("");
  const character = (byte) => {
    const times = Math.floor(byte / plain.length);
    return (times ? marks[times - 1] : "") + plain[byte % plain.length];
  };
  return { alphabet: [plain.join(""), marks], text: Array.from(bytes, character).join("") };
}

// The manifest, without what only the build needs.
const manifest = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
delete manifest.devDependencies;
writeFileSync(join(pkg, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const file of readdirSync(here).filter((name) => name.endsWith(".d.ts") || name === "README.md")) {
  copyFileSync(join(here, file), join(pkg, file));
}
for (const file of ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"]) {
  copyFileSync(join(here, "..", file), join(pkg, file));
}

// What it weighs, as a server would send it.
const LIMIT = 24 * 1024;
const brotli = (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const weight = {};
for (const file of readdirSync(pkg).filter((name) => /\.(js|wasm)$/.test(name))) {
  const content = readFileSync(join(pkg, file));
  weight[file] = brotli(content);
  console.log(`${file.padEnd(24)} ${content.length} bytes, brotli ${weight[file]}`);
}
const face = Object.keys(weight).find((file) => file.startsWith("chunk-"));
const slim = weight["slim.js"] + weight[face] + weight["everstream.wasm"];
console.log(`everstream       ${weight["index.js"] + weight[face]} bytes`);
console.log(`everstream/slim  ${slim} bytes of at most ${LIMIT}`);
if (slim > LIMIT) {
  console.error("everstream/slim is larger than it is owed");
  process.exitCode = 1;
}
