// How a source comes to share its connection. What it takes is an entry of its own, which says so here.

import type { Driver, Listener } from "./driver.js";
import type { Settings } from "./settings.js";

/** How a connection is shared. */
export interface Sharing {
  role: "leader" | "follower" | "alone";
  /** How many tabs share it, this one among them. */
  tabs: number;
}

/** What stands behind an `EventSource`: its own connection, or its part of one. */
export type Behind = Pick<Driver, "reconnect" | "listen" | "close">;

export type Share = (
  settings: Settings,
  listener: Listener,
  scope: string,
  onChange: (sharing: Sharing) => void,
) => Behind;

export let share: Share = () => {
  throw new TypeError("the option `shared` is not usable: it needs `import 'everstream/shared'`");
};

export function setShare(made: Share): void {
  share = made;
}
