// How a source comes to share its connection. What it takes is an entry of its own, which says so here.

import type { Connections } from "./connections.js";
import type { Core } from "./core.js";
import type { Driver, Listener } from "./driver.js";
import type { Takers } from "./piece.js";
import type { EventSourceError } from "./problem.js";
import type { Settings } from "./settings.js";

/** How a connection is shared. */
export interface Sharing {
  role: "leader" | "follower" | "alone";
  /** How many tabs share it, this one among them. */
  tabs: number;
}

/** What stands behind an `EventSource`: its own connection, or its part of one. */
export type Behind = Pick<Driver, "reconnect" | "listen" | "requireFetch" | "close">;

export type Share = (
  settings: Settings,
  listener: Listener,
  scope: string,
  onChange: (sharing: Sharing) => void,
) => Behind;

/** Whom a multiplexer's part of a connection tells what comes of it. */
export interface MuxListener {
  readonly takers: Takers;
  /** What is known here of a failure of the connection that this tab holds for all. */
  know(problem: EventSourceError): void;
  /** Takes what a connection has brought that is this tab's alone. */
  deliver(records: Int32Array, text: string): Promise<void> | undefined;
}

/** What stands behind a multiplexer: its own connections, or its part of those of all tabs. */
export type MuxBehind = Pick<Connections, "subscribe" | "unsubscribe" | "flush" | "reconnect" | "close">;

/** What it returns is asked once the core is there, and returns nothing where nothing can be shared. */
export type ShareMux = (
  settings: Settings,
  listener: MuxListener,
  scope: string,
  onChange: (sharing: Sharing) => void,
) => (core: Core) => MuxBehind | undefined;

const needsEntry = (): never => {
  throw new TypeError("the option `shared` is not usable: it needs `import 'everstream/shared'`");
};

export let share: Share = needsEntry;
export let shareMux: ShareMux = needsEntry;

export function setShare(made: Share, madeMux: ShareMux): void {
  share = made;
  shareMux = madeMux;
}
