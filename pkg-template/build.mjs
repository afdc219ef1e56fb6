// Builds the package from wasm-pack's output: `node build.mjs <the core> <the core with the multiplexer> <the core with
// what tabs share> <the package>`. `cargo xtask build` runs it.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import binaryen from "binaryen";
import { build, transform } from "esbuild";

import { apart } from "./apart.mjs";

const [plain, mux, shared, pkg] = process.argv.slice(2);
const here = import.meta.dirname;

rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg, { recursive: true });

// Features of every engine that this package supports, and of Node 20.
const FEATURES = ["bulk-memory", "bulk-memory-opt", "sign-ext", "mutable-globals", "nontrapping-float-to-int"];

/** Removes the exports that only wasm-bindgen's glue calls, which the package doesn't contain. */
function withoutGlue(bound) {
  const core = binaryen.readBinary(readFileSync(bound));
  const { BulkMemory, BulkMemoryOpt, SignExt, MutableGlobals, NontrappingFPToInt, Multivalue, ReferenceTypes } = binaryen.Features;
  core.setFeatures(BulkMemory | BulkMemoryOpt | SignExt | MutableGlobals | NontrappingFPToInt | Multivalue | ReferenceTypes);
  for (let place = core.getNumExports() - 1; place >= 0; place--) {
    const { name } = binaryen.getExportInfo(core.getExportByIndex(place));
    if (name.startsWith("__")) core.removeExport(name);
  }
  const own = `${bound}.own`;
  writeFileSync(own, core.emitBinary());
  return own;
}

// Taking control flow apart and rebuilding it makes a core smaller by half a percent.
const PASSES = ["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz", "--low-memory-unused"];

/** Makes a core small, and returns its bytes. */
function shrink(bound, name) {
  const wasm = join(pkg, name);
  execFileSync(
    process.execPath,
    [
      join(here, "node_modules/binaryen/bin/wasm-opt"),
      ...[...PASSES, "--strip-debug", "--strip-producers", "--strip-target-features"],
      ...[...FEATURES, "multivalue", "reference-types"].map((feature) => `--enable-${feature}`),
      ...[withoutGlue(bound), "-o", wasm],
    ],
    { stdio: "inherit" },
  );
  return readFileSync(wasm);
}

/**
 * Returns a function that does what `<int>.trunc_sat_<float>_<sign>` does: NaN becomes 0, and a number out of range
 * becomes the nearest limit.
 */
function saturating(int, float, sign) {
  const bits = BigInt(int.slice(1));
  const [least, most] = sign === "u" ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  const beyond = (limit, comparison, then, or) =>
    `(if (result ${int}) (${float}.${comparison} (local.get 0) (${float}.const ${limit})) (then ${then}) (else ${or}))`;
  const whole = `(${int}.trunc_${float}_${sign} (local.get 0))`;
  const number = beyond(`${most + 1n}`, "ge", `(${int}.const ${most})`, beyond(`${least}`, "le", `(${int}.const ${least})`, whole));
  const isNumber = `(${float}.eq (local.get 0) (local.get 0))`;
  return `(func $saturating_${int}_${float}_${sign} (param ${float}) (result ${int})
    (if (result ${int}) ${isNumber} (then ${number}) (else (${int}.const 0))))`;
}

/** Translates a core to JavaScript, for engines without WebAssembly. Returns the path of the module. */
function translate(wasm) {
  const features = [...FEATURES, "multivalue", "reference-types"].map((feature) => `--enable-${feature}`);
  const made = (program, from, to, ...args) => {
    const tool = join(here, "node_modules/binaryen/bin", program);
    execFileSync(process.execPath, [tool, from, ...features, ...args, "-o", to], { stdio: "inherit" });
    return to;
  };
  const text = made("wasm-dis", join(pkg, wasm), `${plain}.wat`);
  // wasm2js supports one table only. The table of JavaScript's values is removed, since none crosses the boundary.
  // Saturating conversions are unsupported too, and binaryen's own substitute for them does not saturate.
  const used = new Set();
  const one = readFileSync(text, "utf8")
    .replace(/\(table\.set \$\S+\s+\(local\.get \$\S+\)\s+\(ref\.null noextern\)\s+\)/g, "(nop)")
    .replace(/\(table \$\S+ \d+ externref\)/, "")
    .replace(/\((i\d\d)\.trunc_sat_(f\d\d)_([su])/g, (_, int, float, sign) => {
      used.add(`${int} ${float} ${sign}`);
      return `(call $saturating_${int}_${float}_${sign}`;
    })
    .replace(/\)\s*$/, () => `${[...used].map((kind) => saturating(...kind.split(" "))).join("\n")}\n)`);
  writeFileSync(text, one);
  const lowered = made("wasm-opt", text, `${plain}.lowered.wasm`, "--signext-lowering", "-Oz");
  const module = made("wasm2js", lowered, `${plain}.core.js`, "-Oz");
  const script = readFileSync(module, "utf8");
  const [head, tail] = ["import * as $_everstream_npm_bg_js from './everstream_npm_bg.js';", "\nvar retasmFunc = "];
  if (!script.includes(head) || !script.includes(tail)) throw new Error("wasm2js writes another kind of module");
  const body = script.slice(0, script.indexOf(tail)).replace(head, "");
  writeFileSync(module, `${body}\nexport default asmFunc;\n`);
  return module;
}

// The digits in which `src/inline.ts` reads bytes: characters that no tool escapes or takes for markup. With two marks
// beside them, three times the digits are enough for a byte.
const DIGITS = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place)).filter(
  (character) => !/["'`$\\<]/.test(character),
);
const MARKS = DIGITS.splice(-2);

/** Encodes bytes in those digits, as a literal. */
function characters(bytes) {
  const character = (byte) => {
    const times = Math.floor(byte / DIGITS.length);
    return (times ? MARKS[times - 1] : "") + DIGITS[byte % DIGITS.length];
  };
  return JSON.stringify(Array.from(bytes, character).join(""));
}

/** Modules of the page's own framework that adapters import. */
const FRAMEWORKS = ["react", "vue", "svelte/reactivity", "solid-js"];

const options = {
  absWorkingDir: here,
  outdir: pkg,
  bundle: true,
  format: "esm",
  target: "es2022",
  // The published modules stay readable. A page's bundler minifies what the page loads.
  minify: false,
  sourcemap: true,
  legalComments: "none",
  metafile: true,
};
const inlined = {
  EVERSTREAM_DIGITS: JSON.stringify(DIGITS.join("")),
  EVERSTREAM_MARKS: JSON.stringify(MARKS.join("")),
  EVERSTREAM_WASM: characters(shrink(plain, "everstream.wasm")),
  EVERSTREAM_MUX_WASM: characters(shrink(mux, "everstream-mux.wasm")),
  EVERSTREAM_SHARED_WASM: characters(shrink(shared, "everstream-shared.wasm")),
};
const { metafile } = await build({
  ...options,
  alias: { "everstream-core": translate("everstream.wasm") },
  entryPoints: {
    index: "src/index.ts",
    slim: "src/slim.ts",
    "no-wasm": "src/no-wasm.ts",
    translated: "src/translated.ts",
    workerd: "src/workerd.ts",
    mux: "src/mux-index.ts",
    "mux-slim": "src/mux-slim.ts",
    "mux-workerd": "src/mux-workerd.ts",
    shared: "src/shared-index.ts",
    "shared-slim": "src/shared-slim.ts",
    "shared-workerd": "src/shared-workerd.ts",
    store: "src/store-index.ts",
    live: "src/live.ts",
    react: "src/react.ts",
    vue: "src/vue.ts",
    svelte: "src/svelte.ts",
    solid: "src/solid.ts",
    testing: "src/testing.ts",
  },
  splitting: true,
  chunkNames: "[name]-[hash]",
  external: ["*.wasm", ...FRAMEWORKS],
  define: inlined,
});
nameChunks();

/** Names the modules that entries share by their content, for readers of a stack trace. */
function nameChunks() {
  const NAMES = { "driver.ts": "source", "mux.ts": "channels", "sharing.ts": "tabs", "inline.ts": "inline", "mux-exports.ts": "mux-exports", "translated.ts": "core", "exports.ts": "exports", "stores.ts": "stores" };
  const chunks = Object.entries(metafile.outputs).filter(([path, { entryPoint }]) => path.endsWith(".js") && !entryPoint);
  const renamed = chunks.map(([path, { inputs }]) => {
    const known = Object.entries(NAMES).find(([file]) => `src/${file}` in inputs);
    if (!known) throw new Error(`no name for the module of ${Object.keys(inputs)}`);
    return [basename(path, ".js"), `${known[1]}-${basename(path, ".js").split("-").at(-1).toLowerCase()}`];
  });
  const rename = (text) => renamed.reduce((text, [from, to]) => text.replaceAll(from, to), text);
  for (const file of readdirSync(pkg).filter((name) => /\.js(\.map)?$/.test(name))) {
    const content = rename(readFileSync(join(pkg, file), "utf8"));
    rmSync(join(pkg, file));
    writeFileSync(join(pkg, rename(file)), content);
  }
}

/** Folder of the modules as CommonJS, for tools that have a loader of their own, such as Jest. */
const COMMON = "cjs";
mkdirSync(join(pkg, COMMON));
writeFileSync(join(pkg, COMMON, "package.json"), '{ "type": "commonjs" }\n');
// The workers' runtime has no `require`.
for (const file of readdirSync(pkg).filter((name) => name.endsWith(".js") && !name.includes("workerd"))) {
  const { code } = await transform(readFileSync(join(pkg, file), "utf8"), {
    format: "cjs",
    target: "es2022",
    platform: "node",
    // A module that is loaded on demand must be the same one that was required.
    supported: { "dynamic-import": false },
    legalComments: "none",
  });
  writeFileSync(join(pkg, COMMON, file), code.replace(/^\/\/# sourceMappingURL=.*\n/gm, ""));
}

// TypeScript before 5.1 has no accessors whose getter and setter differ in type. There, handlers are plain properties.
const OLDER = "types-5.0";
// The manifest, without what only the build needs.
const manifest = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
delete manifest.devDependencies;
// The homepage is the only place that contains the address. `.example` is a reserved name, until there is a real one.
manifest.repository = { type: "git", url: `git+${manifest.homepage}/everstream.git` };
manifest.bugs = { url: `${manifest.homepage}/issues` };
for (const [path, entry] of Object.entries(manifest.exports)) {
  if (!entry.types) continue;
  const { types, workerd, default: module } = entry;
  const typed = (folder) => ({
    "types@<5.1": types.replace("./", `./${folder}${OLDER}/`),
    types: types.replace("./", `./${folder}`),
  });
  if (!module.endsWith(".js")) {
    manifest.exports[path] = { ...typed(""), default: module };
    continue;
  }
  const own = { ...typed(""), default: module };
  manifest.exports[path] = {
    ...(workerd && { workerd: { ...typed(""), default: workerd } }),
    // `require` uses this too, where it can load modules, so that there is one class and one core either way.
    "module-sync": own,
    module: own,
    import: own,
    require: { ...typed(`${COMMON}/`), default: module.replace("./", `./${COMMON}/`) },
    default: own,
  };
}
writeFileSync(join(pkg, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const file of readdirSync(here).filter((name) => name.endsWith(".d.ts") || name.endsWith(".md"))) {
  copyFileSync(join(here, file), join(pkg, file));
}
for (const folder of ["", COMMON]) {
  mkdirSync(join(pkg, folder, OLDER));
  for (const file of readdirSync(here).filter((name) => name.endsWith(".d.ts"))) {
    const content = readFileSync(join(here, file), "utf8");
    const older = content.replace(/^ *get on\w+\(\): \w+;\n/gm, "").replace(/set (on\w+)\(handler: (.*)\);/g, "$1: $2;");
    writeFileSync(join(pkg, folder, OLDER, file), older);
    if (folder) copyFileSync(join(here, file), join(pkg, folder, file));
  }
}
for (const file of ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"]) {
  copyFileSync(join(here, "..", file), join(pkg, file));
}

// Size of an entry in a page: bundled and minified by itself, and compressed as a server would send it.
const LIMIT = 24 * 1024;
const brotli = (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

async function weigh(entry, wasm) {
  const { outputFiles } = await build({
    entryPoints: [join(pkg, entry)],
    bundle: true,
    plugins: [apart],
    minify: true,
    format: "esm",
    legalComments: "none",
    external: ["*.wasm", ...FRAMEWORKS],
    write: false,
  });
  const core = wasm ? brotli(readFileSync(join(pkg, wasm))) : 0;
  const size = brotli(outputFiles[0].contents) + core;
  console.log(`everstream/${basename(entry, ".js").padEnd(14)} ${size} bytes${core ? `, of which ${core} the WebAssembly` : ""}`);
  return size;
}
await weigh("index.js");
await weigh("no-wasm.js");
await weigh("mux.js");
await weigh("mux-slim.js", "everstream-mux.wasm");
await weigh("shared.js");
const slim = await weigh("slim.js", "everstream.wasm");
// The build only warns: `cargo xtask bench --npm=sizes --check` is what fails.
if (slim > LIMIT) console.error(`everstream/slim is larger than the ${LIMIT} bytes that it is owed, by ${slim - LIMIT}`);
