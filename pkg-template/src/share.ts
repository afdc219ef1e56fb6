// How a source comes to share its connection. What it takes is an entry of its own, which says so here.

import type { Company } from "./listener.js";
import type { Settings } from "./settings.js";

/** How a connection is shared. */
export interface Sharing {
  role: "leader" | "follower" | "alone";
  /** How many tabs share it, this one among them. */
  tabs: number;
}

/** Returns nothing where nothing can be shared. */
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
