// Implements `everstream/shared`: sources and multiplexers whose connection is shared with other tabs.

import { refuse } from "./check.js";
import { Controls } from "./controls.js";
import type { Core, Session } from "./core.js";
import type { Driver } from "./driver.js";
import type { Companion } from "./listener.js";
import { Lock } from "./lock.js";
import type { Planned } from "./request.js";
import type { Settings } from "./settings.js";
import type { Share } from "./share.js";
import { watchSleep } from "./sleep.js";
import { Input, Output, SessionKind } from "./tables.js";

/** Whether other tabs may be within reach. Node and others have a `BroadcastChannel` too, but no origin. */
const canShare = () => typeof BroadcastChannel !== "undefined" && "origin" in globalThis;

/** One tab among the others: exchanges messages with them, and requests the lock that one of them holds. */
class Others implements Companion {
  readonly #driver: Driver;
  readonly #session: Session;
  readonly #controls: Controls;
  readonly #name: string;
  #bus: BroadcastChannel | undefined;
  readonly #lock: Lock;
  readonly #unwatch: () => void;

  constructor(driver: Driver, session: Session, name: string, bus: BroadcastChannel) {
    this.#driver = driver;
    this.#session = session;
    this.#controls = new Controls(driver, session);
    this.#name = name;
    this.#hear(bus);
    this.#lock = new Lock(name, (change) => driver.tell(change));
    this.#unwatch = watchSleep((sleeps) => this.#changeSleep(sleeps));
  }

  perform(output: Output): void {
    switch (output) {
      case Output.Say:
        this.#bus?.postMessage(this.#session.bytes().slice());
        break;
      case Output.RequestLock:
        this.#lock.request();
        break;
      case Output.StealLock:
        this.#lock.steal();
        break;
      case Output.ReleaseLock:
        this.#lock.release();
        break;
      default:
        this.#controls.perform(output);
    }
  }

  plan(link: number): Planned | undefined {
    return this.#controls.plan(link);
  }

  close(): void {
    this.#unwatch();
    this.#bus?.close();
    this.#lock.release();
    this.#controls.close();
  }

  #hear(bus: BroadcastChannel): void {
    bus.onmessage = ({ data }) => {
      if (!(data instanceof Uint8Array)) return;
      this.#driver.work(({ core, id }) => {
        core.write(data);
        core.wasm.hear(id, performance.now(), Date.now());
      });
    };
    this.#bus = bus;
  }

  /**
   * Leaves the other tabs or returns to them. An open `BroadcastChannel` keeps a page out of the back/forward cache.
   */
  #changeSleep(sleeps: boolean): void {
    if (!sleeps && !this.#bus) this.#hear(new BroadcastChannel(this.#name));
    this.#driver.tell(sleeps ? Input.Leave : Input.Return);
    if (!sleeps) return;
    this.#bus?.close();
    this.#bus = undefined;
  }
}

/** Returns the same name as the Rust crate, so that pages with either of them reach each other. */
function nameOf({ credentials, url }: Settings, scope: string, hasChannels: boolean, core: Core): string {
  const key = hasChannels ? '"everstream" ' : "";
  const mode = credentials === "include" ? "Include" : "SameOrigin";
  return `everstream/${core.wasm.version()} ${key}${mode} ${url.href} ${scope}`;
}

/** Shares a connection. Throws for options that require a connection of the tab's own. */
export const shareConnection: Share = (settings, scope, hasChannels, onChange) => {
  if (!/^get$/i.test(settings.method)) refuse("shared", "only what is asked for by GET can be shared");
  if (settings.native === true) refuse("shared", "what is shared is read by fetch; use the transport 'auto' or 'fetch'");
  if (settings.pauses) refuse("shared", "the connection is not paused for a hidden tab: others may be visible");
  const hasSecrets = settings.headers || settings.provider || settings.authorization || settings.asked.request || settings.credentials === "include";
  if (!scope && hasSecrets) {
    refuse("shared", "an empty scope is everybody's who uses this browser, and the request carries headers or credentials; have it name the user");
  }
  const alone = hasChannels ? SessionKind.Muxed : SessionKind.Solo;
  const standAlone = () => {
    onChange({ role: "alone", tabs: 1 });
    return alone;
  };
  if (!canShare()) {
    standAlone();
    return undefined;
  }
  onChange({ role: "follower", tabs: 1 });
  let name = "";
  let bus: BroadcastChannel | undefined;
  return {
    core: 2,
    hasLocks: !!globalThis.navigator?.locks,
    kind: (core) => {
      name = nameOf(settings, scope, hasChannels, core);
      try {
        bus = new BroadcastChannel(name);
      } catch {
        return standAlone();
      }
      return hasChannels ? SessionKind.SharedMuxed : SessionKind.SharedSolo;
    },
    join: (driver, session) => (bus ? new Others(driver, session, name, bus) : new Controls(driver, session)),
  };
};
