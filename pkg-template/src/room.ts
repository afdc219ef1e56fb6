// One tab among the others that share a connection: carries messages between the core and the platform. It
// decides nothing.

import { now, soon } from "./platform.js";
import type { Core } from "./core.js";
import { SLICE } from "./driver.js";
import { Lock } from "./lock.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import type { Settings } from "./settings.js";
import type { Sharing } from "./share.js";
import { watchSleep } from "./sleep.js";
import { ROLES, TabCore, TabInput, TabOutput } from "./tab-core.js";
import { Timer } from "./timer.js";
import { turn } from "./turn.js";

/** Whether there may be other tabs to hear. Node and others have such a channel too, but no origin. */
export const canShare = (): boolean => typeof BroadcastChannel !== "undefined" && "origin" in globalThis;

/** The connection that this tab holds for all. */
export interface Upstream {
  reconnect(): void;
  close(): void;
  /** It has other channels. */
  flush(): void;
}

/** Who takes part: a source, or a multiplexer. */
export interface Member {
  /** Those share who have the same settings and the same key. */
  readonly key: string;
  readonly isMux: boolean;
  /** Drives the connection for all, which has this number. */
  connect(core: TabCore, number: number): Upstream;
  change(sharing: Sharing): void;
  event: Takers["event"];
  tooLarge: Takers["tooLarge"];
  told: NonNullable<Takers["told"]>;
}

export class Room {
  readonly #member: Member;
  readonly #core: TabCore;
  /** What other tabs hear, and where they are heard. */
  #bus: BroadcastChannel | undefined;
  readonly #name: string;
  readonly #lock: Lock | undefined;
  readonly #unwatch: () => void;
  #upstream: { number: number; connection: Upstream } | undefined;
  #closed = false;
  #isPumping = false;
  readonly #timer = new Timer(() => {
    // In a hidden page a timer may be late: messages that have come meanwhile are heard before.
    void turn().then(() => this.tell((core) => core.handle(TabInput.Timeout)));
  });

  // Delivery to the listeners
  #isDelivering = false;
  /** A listener takes his time. */
  #isHeld = false;
  /** What the connection waits for, and what tells it that it may go on. */
  #waiting: Promise<void> | undefined;
  #goOn: (() => void) | undefined;
  /** When the platform last had a turn. */
  #slice = 0;
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #takers: Takers;

  /** Fails where the others can't be heard. It begins with `enter`. */
  constructor(core: Core, settings: Settings, scope: string, member: Member) {
    this.#member = member;
    this.#position = { id: settings.lastEventId };
    this.#takers = {
      event: (type, data, id) => this.#held(() => member.event(type, data, id)),
      comment: () => {},
      tooLarge: () => this.#held(() => member.tooLarge()),
      turn: () => this.#turn(),
      told: (kind, number, text) => this.#closed || member.told(kind, number, text),
    };
    const hasLocks = !!globalThis.navigator?.locks;
    this.#core = new TabCore(core, settings, hasLocks, member.isMux);
    // As in Rust, so that pages with either hear each other.
    const mode = settings.credentials === "include" ? "Include" : "SameOrigin";
    this.#name = `everstream/${this.#core.version} ${member.key}${mode} ${settings.url.href} ${scope}`;
    try {
      this.#openBus();
    } catch (reason) {
      this.#core.forget();
      throw reason;
    }
    if (hasLocks) this.#lock = new Lock(this.#name, (change) => this.tell((core) => core.handle(change)));
    this.#unwatch = watchSleep((sleeps) => this.#changeSleep(sleeps));
  }

  /** What there is to do is done, and what there is to hear heard. */
  enter(): void {
    this.tell(() => {});
  }

  get core(): TabCore {
    return this.#core;
  }

  reconnect(): void {
    this.#upstream?.connection.reconnect();
  }

  /** Leaves the others. The member is told nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.clear();
    this.#unwatch();
    this.#letGoOn();
    const core = this.#core;
    this.#whenPossible(core.core, () => {
      core.handle(TabInput.Close);
      this.#settle();
      core.forget();
      this.#upstream?.connection.close();
      this.#bus?.close();
      this.#lock?.release();
    });
  }

  /** Tells the core something, and does what follows. */
  tell(tell: (core: TabCore) => void): void {
    const core = this.#core;
    this.#whenPossible(core.core, () => {
      if (this.#closed) return;
      tell(core);
      this.#pump();
    });
  }

  /** Whom the connection has to wait for: listeners, as it would alone, but none that keeps all tabs waiting. */
  waitForListeners(): Promise<void> | undefined {
    if (!this.#isDelivering || this.#isHeld) return undefined;
    return (this.#waiting ??= new Promise((resolve) => (this.#goOn = resolve)));
  }

  // The others

  #openBus(): void {
    const bus = new BroadcastChannel(this.#name);
    bus.onmessage = ({ data }) => {
      if (data instanceof Uint8Array) this.tell((tab) => tab.hear(data));
    };
    this.#bus = bus;
  }

  /** An open channel keeps a page out of the back/forward cache. */
  #changeSleep(sleeps: boolean): void {
    if (!sleeps && !this.#bus) this.#openBus();
    this.tell((tab) => tab.handle(sleeps ? TabInput.Leave : TabInput.Return));
    if (!sleeps) return;
    this.#bus?.close();
    this.#bus = undefined;
  }

  // The core

  /** While the core asks somebody, it can't be told anything. */
  #whenPossible(core: Core, work: () => void): void {
    if (core.isDeciding) soon(() => this.#whenPossible(core, work));
    else work();
  }

  #pump(): void {
    // Who is told of what is done may have more to do; it is done behind that.
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#settle();
    this.#isPumping = false;
    this.#deliver();
    if (!this.#closed) this.#timer.set(this.#core.timeout());
  }

  /** Does what the core wants done. */
  #settle(): void {
    for (let output; (output = this.#core.poll()); ) this.#perform(output);
  }

  #perform(output: TabOutput): void {
    const core = this.#core;
    const number = core.core.word(3);
    switch (output) {
      case TabOutput.Send:
        this.#bus?.postMessage(core.said());
        break;
      case TabOutput.RequestLock:
        this.#lock?.request();
        break;
      case TabOutput.StealLock:
        this.#lock?.steal();
        break;
      case TabOutput.ReleaseLock:
        this.#lock?.release();
        break;
      case TabOutput.Open: {
        const connection = this.#member.connect(core, number);
        // What it asks for, as headers, may have closed this tab.
        if (this.#closed) connection.close();
        else this.#upstream = { number, connection };
        break;
      }
      case TabOutput.Close:
        if (this.#upstream?.number === number) {
          this.#upstream.connection.close();
          this.#upstream = undefined;
        }
        break;
      case TabOutput.Channels:
        this.#upstream?.connection.flush();
        break;
      case TabOutput.Sharing:
        this.#member.change({ role: ROLES[number]!, tabs: core.core.word(4) });
    }
  }

  // Delivery

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    this.#slice = now();
    const held = this.#walk();
    if (held) void this.#rest(held);
    else this.#isDelivering = false;
  }

  async #rest(first: Promise<void>): Promise<void> {
    for (let held: Promise<void> | undefined = first; held; held = this.#walk()) await held;
    this.#isDelivering = false;
    this.#letGoOn();
  }

  /** Goes on until something has to be waited for. */
  #walk(): Promise<void> | undefined {
    while (!this.#closed) {
      this.#isHeld = false;
      const [records, text] = this.#core.tell();
      if (!records.length) break;
      const held = new Piece(records, text, this.#types, this.#position, this.#takers).deliver();
      if (held) return held;
    }
    return undefined;
  }

  /** Notes who takes his time. */
  #held(tell: () => Held): Held {
    if (this.#closed) return undefined;
    const held = tell();
    this.#isHeld = typeof held === "object";
    if (this.#isHeld) this.#letGoOn();
    return held;
  }

  #letGoOn(): void {
    this.#goOn?.();
    this.#goOn = this.#waiting = undefined;
  }

  /** Gives the platform a turn, if it is time. */
  #turn(): Promise<void> | undefined {
    if (now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = now();
    });
  }
}
