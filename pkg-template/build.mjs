// Makes the package out of what wasm-bindgen has left: `node build.mjs <the core> <the core with the
// multiplexer> <the core with what tabs share> <the package>`. `cargo xtask build` runs it.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const [plain, mux, shared, pkg] = process.argv.slice(2);
const here = import.meta.dirname;

rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg, { recursive: true });

// What every engine has that this package supports, and Node 20 with them.
const FEATURES = ["bulk-memory", "bulk-memory-opt", "sign-ext", "mutable-globals", "nontrapping-float-to-int"];

/** What Rust's standard library says when it panics. To nobody: what is left of a panic here is a trap. */
const PANICS = [
  "slice index starts at ",
  " but ends at ",
  "range start index ",
  "range end index ",
  " out of range for slice of length ",
  "index out of bounds: the len is ",
  " but the index is ",
  "mid > len",
  "capacity overflow",
  "overflow in Duration::new",
  "overflow when subtracting durations",
  "cannot convert float seconds to Duration: value is negative",
  "cannot convert float seconds to Duration: value is either too big or NaN",
  "RefCell already mutably borrowed",
  "RefCell already borrowed",
  "closure invoked recursively or after being dropped",
  "Attempted to initialize thread-local while it is being dropped",
  "Tried to shrink to a larger capacity",
];

/** Makes a core small, and returns it. */
function shrink(bound, name) {
  const wasm = join(pkg, name);
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
  const paths = /[\w./-]{4,}?\/[\w-]+\.rs/g;
  const empty = (unheard) => "\0".repeat(unheard.length);
  let text = readFileSync(wasm, "latin1").replace(paths, empty);
  for (const panic of PANICS) text = text.replaceAll(panic, empty);
  const bytes = Buffer.from(text, "latin1");
  writeFileSync(wasm, bytes);
  return bytes;
}

// The digits in which `src/inline.ts` reads bytes: characters that no tool escapes or takes for markup. With
// two marks beside them, three times the digits are enough for a byte.
const DIGITS = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place)).filter(
  (character) => !/["'`$\\<]/.test(character),
);
const MARKS = DIGITS.splice(-2);
const ALPHABET = [DIGITS.join(""), MARKS.join("")];

/** Bytes in those digits, as a literal. */
function characters(bytes) {
  const character = (byte) => {
    const times = Math.floor(byte / DIGITS.length);
    return (times ? MARKS[times - 1] : "") + DIGITS[byte % DIGITS.length];
  };
  return JSON.stringify(Array.from(bytes, character).join(""));
}

const options = {
  absWorkingDir: here,
  outdir: pkg,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  metafile: true,
};
const { metafile } = await build({
  ...options,
  entryPoints: {
    index: "src/index.ts",
    slim: "src/slim.ts",
    workerd: "src/workerd.ts",
    mux: "src/mux-index.ts",
    "mux-slim": "src/mux-slim.ts",
    "mux-workerd": "src/mux-workerd.ts",
    shared: "src/shared-index.ts",
    "shared-slim": "src/shared-slim.ts",
    "shared-workerd": "src/shared-workerd.ts",
  },
  splitting: true,
  chunkNames: "[name]-[hash]",
  external: ["*.wasm"],
  define: {
    EVERSTREAM_ALPHABET: JSON.stringify(ALPHABET),
    EVERSTREAM_WASM: characters(shrink(plain, "everstream.wasm")),
    EVERSTREAM_MUX_WASM: characters(shrink(mux, "everstream-mux.wasm")),
    EVERSTREAM_SHARED_WASM: characters(shrink(shared, "everstream-shared.wasm")),
  },
});
// It has the first entry load the core, which bundlers see to.
await build({ ...options, entryPoints: ["src/react.ts"], external: ["react", "./index.js"] });

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

/** An entry with the chunks that it imports. */
function entry(name) {
  const output = Object.entries(metafile.outputs).find(([path]) => basename(path) === name)[1];
  const chunks = output.imports.filter(({ external }) => !external);
  return chunks.reduce((sum, { path }) => sum + weight[basename(path)], weight[name]);
}
const slim = entry("slim.js") + weight["everstream.wasm"];
console.log(`everstream           ${entry("index.js")} bytes`);
console.log(`everstream/slim      ${slim} bytes of at most ${LIMIT}`);
console.log(`everstream/mux       ${entry("mux.js")} bytes`);
console.log(`everstream/mux/slim  ${entry("mux-slim.js") + weight["everstream-mux.wasm"]} bytes`);
console.log(`everstream/shared    ${entry("shared.js")} bytes`);
if (slim > LIMIT) {
  console.error("everstream/slim is larger than it is owed");
  process.exitCode = 1;
}
