// The hook by which a source shares its connection. `everstream/shared` sets it, so other entries don't contain the
// code.

import type { Company } from "./listener.js";
import type { Settings } from "./settings.js";

/** Describes how a connection is shared. */
export interface Sharing {
  role: "leader" | "follower" | "alone";
  /** Number of tabs that share it, including this one. */
  tabs: number;
}

/** Returns `undefined` where nothing can be shared. */
export type Share = (
  settings: Settings,
  scope: string,
  hasChannels: boolean,
  onChange: (sharing: Sharing) => void,
) => Company | undefined;

export let share: Share = () => {
  throw new TypeError("the option `shared` is not usable: it needs `import 'everstream/shared'`");
};

export function setShare(made: Share): void {
  share = made;
}
