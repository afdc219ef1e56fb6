// What `everstream/shared` adds: sources whose connection is shared.

import { Flag } from "./core.js";
import { refuse } from "./settings.js";
import type { Share } from "./share.js";
import { Tab } from "./tab.js";

/** Refuses what can't be had on a connection that is not the tab's own. */
export const shareConnection: Share = (settings, listener, scope, onChange) => {
  if (!/^get$/i.test(settings.method)) refuse("shared", "only what is asked for by GET can be shared");
  if (settings.native) refuse("shared", "what is shared is read by fetch; use the transport 'auto' or 'fetch'");
  if (settings.numbers[0]! & Flag.Pauses) {
    refuse("shared", "the connection is not paused for a hidden tab: others may be visible");
  }
  return new Tab(settings, listener, scope, onChange);
};
