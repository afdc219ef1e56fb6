// The core without channels as JavaScript, in a module of its own: most pages never load it.

export { default } from "everstream-core";
