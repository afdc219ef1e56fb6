// What `everstream/shared` adds: sources and multiplexers whose connection is shared.

import { refuse } from "./check.js";
import { Flag } from "./core.js";
import { MuxTab } from "./mux-tab.js";
import { canShare } from "./room.js";
import type { Settings } from "./settings.js";
import type { Share, ShareMux } from "./share.js";
import { Tab } from "./tab.js";

/** Refuses what can't be had on a connection that is not the tab's own. */
export const shareConnection: Share = (settings, listener, scope, onChange) => {
  if (!/^get$/i.test(settings.method)) refuse("shared", "only what is asked for by GET can be shared");
  if (settings.native === true) refuse("shared", "what is shared is read by fetch; use the transport 'auto' or 'fetch'");
  refusePause(settings);
  return new Tab(settings, listener, scope, onChange);
};

export const shareChannels: ShareMux = (settings, listener, scope, onChange) => {
  refusePause(settings);
  const standAlone = () => {
    onChange({ role: "alone", tabs: 1 });
    return undefined;
  };
  if (!canShare()) {
    standAlone();
    return () => undefined;
  }
  onChange({ role: "follower", tabs: 1 });
  return (core) => {
    try {
      return new MuxTab(core, settings, listener, scope, onChange);
    } catch {
      return standAlone();
    }
  };
};

function refusePause(settings: Settings): void {
  if (settings.numbers[0]! & Flag.Pauses) {
    refuse("shared", "the connection is not paused for a hidden tab: others may be visible");
  }
}
