/** Leaves modules that are loaded on demand out of a bundle, as a bundler that splits puts them into files of their own. */
export const apart = {
  name: "apart",
  setup: ({ onResolve }) => void onResolve({ filter: /^/ }, ({ kind }) => (kind === "dynamic-import" ? { path: "x", external: true } : undefined)),
};
