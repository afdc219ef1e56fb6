// A source whose connection is shared with other tabs: carries messages between the core and the platform.
// It decides nothing.

import type { Core } from "./core.js";
import { Output } from "./core.js";
import { Driver, type Listener, type Owner, SLICE } from "./driver.js";
import { loadCore } from "./load.js";
import { Lock } from "./lock.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import { EventSourceError, eventTooLarge, noContent, problemOf, wasmFailed } from "./problem.js";
import type { Settings } from "./settings.js";
import type { Behind, Sharing } from "./share.js";
import { watchSleep } from "./sleep.js";
import { ROLES, TabCore, TabInput, TabOutput, TabRecord } from "./tab-core.js";
import { Timer } from "./timer.js";
import { turn } from "./turn.js";

export class Tab implements Behind {
  readonly #settings: Settings;
  readonly #listener: Listener;
  readonly #scope: string;
  readonly #onChange: (sharing: Sharing) => void;
  /** Where nothing can be shared: the connection is its own. */
  #alone: Driver | undefined;
  #core: TabCore | undefined;
  /** What other tabs hear, and where they are heard. */
  #bus: BroadcastChannel | undefined;
  #name = "";
  #lock: Lock | undefined;
  #unwatch: (() => void) | undefined;
  /** The connection that this tab holds for all. */
  #upstream: { source: number; driver: Driver } | undefined;
  /** What is known here of the failure of that connection. */
  #known: EventSourceError | undefined;
  #closed = false;
  #isPumping = false;
  readonly #timer = new Timer(() => {
    // In a hidden page a timer may be late: messages that have come meanwhile are heard before.
    void turn().then(() => this.#tell((core) => core.handle(TabInput.Timeout)));
  });

  // Delivery to the listeners
  #isDelivering = false;
  /** A listener takes his time. */
  #isHeld = false;
  /** Tells the connection that it may go on. */
  #goOn: (() => void) | undefined;
  /** When the platform last had a turn. */
  #slice = 0;
  #state: Output = Output.Connecting;
  #arguments: [number: number, text: string][] = [];
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #takers: Takers;

  constructor(settings: Settings, listener: Listener, scope: string, onChange: (sharing: Sharing) => void) {
    this.#settings = settings;
    this.#listener = listener;
    this.#scope = scope;
    this.#onChange = onChange;
    this.#position = { id: settings.lastEventId };
    this.#takers = {
      event: (type, data, id) => this.#held(() => listener.event(type, data, id)),
      comment: () => {},
      tooLarge: () => this.#held(() => listener.problem(eventTooLarge(settings.maxEventSize))),
      turn: () => this.#turn(),
      told: (kind, number, text) => this.#told(kind, number, text),
    };
    // Node and others have such a channel too, but no origin whose tabs there could be.
    if (typeof BroadcastChannel === "undefined" || !("origin" in globalThis)) {
      this.#standAlone();
      return;
    }
    onChange({ role: "follower", tabs: 1 });
    loadCore(2).then(
      (core) => this.#start(core),
      (reason: unknown) => this.#end(wasmFailed(reason)),
    );
  }

  reconnect(): void {
    (this.#alone ?? this.#upstream?.driver)?.reconnect();
  }

  /** Every type is received. */
  listen(): void {}

  /** Leaves the others. The listener is told nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.clear();
    this.#unwatch?.();
    this.#goOn?.();
    this.#alone?.close();
    this.#leave();
  }

  #leave(): void {
    const core = this.#core;
    if (!core) return;
    this.#whenPossible(core.core, () => {
      core.handle(TabInput.Close);
      this.#settle(core);
      core.forget();
      this.#upstream?.driver.close();
      this.#bus?.close();
      this.#lock?.release();
    });
  }

  #end(problem: EventSourceError | undefined): void {
    if (this.#closed) return;
    this.close();
    this.#listener.closed(problem);
  }

  #standAlone(): void {
    this.#onChange({ role: "alone", tabs: 1 });
    this.#alone = new Driver(this.#settings, this.#listener);
  }

  #start(core: Core): void {
    if (this.#closed) return;
    const hasLocks = !!globalThis.navigator?.locks;
    const tab = new TabCore(core, this.#settings, hasLocks);
    const { credentials, url } = this.#settings;
    // As in Rust, so that pages with either hear each other.
    const mode = credentials === "include" ? "Include" : "SameOrigin";
    this.#name = `everstream/${tab.version} ${mode} ${url.href} ${this.#scope}`;
    try {
      this.#openBus();
    } catch {
      tab.forget();
      this.#standAlone();
      return;
    }
    this.#core = tab;
    if (hasLocks) this.#lock = new Lock(this.#name, (change) => this.#tell((tab) => tab.handle(change)));
    this.#unwatch = watchSleep((sleeps) => this.#changeSleep(sleeps));
    this.#tell(() => {});
  }

  // The others

  #openBus(): void {
    const bus = new BroadcastChannel(this.#name);
    bus.onmessage = ({ data }) => {
      if (data instanceof Uint8Array) this.#tell((tab) => tab.hear(data));
    };
    this.#bus = bus;
  }

  /** An open channel keeps a page out of the back/forward cache. */
  #changeSleep(sleeps: boolean): void {
    if (!sleeps && !this.#bus) this.#openBus();
    this.#tell((tab) => tab.handle(sleeps ? TabInput.Leave : TabInput.Return));
    if (!sleeps) return;
    this.#bus?.close();
    this.#bus = undefined;
  }

  // The core

  /** While the core asks somebody, it can't be told anything. */
  #whenPossible(core: Core, work: () => void): void {
    if (core.isDeciding) queueMicrotask(() => this.#whenPossible(core, work));
    else work();
  }

  #tell(tell: (core: TabCore) => void): void {
    const core = this.#core;
    if (!core) return;
    this.#whenPossible(core.core, () => {
      if (this.#closed) return;
      tell(core);
      this.#pump(core);
    });
  }

  #pump(core: TabCore): void {
    // Who is told of what is done may have more to do; it is done behind that.
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#settle(core);
    this.#isPumping = false;
    this.#deliver(core);
    if (!this.#closed) this.#timer.set(core.timeout());
  }

  /** Does what the core wants done. */
  #settle(core: TabCore): void {
    for (let output; (output = core.poll()); ) this.#perform(core, output);
  }

  #perform(core: TabCore, output: TabOutput): void {
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
        const driver = new Driver(this.#settings, this.#relay(), this.#owner(core, number));
        // What it asks for, as headers, may have closed this tab.
        if (this.#closed) driver.close();
        else this.#upstream = { source: number, driver };
        break;
      }
      case TabOutput.Close:
        if (this.#upstream?.source === number) {
          this.#upstream.driver.close();
          this.#upstream = undefined;
        }
        break;
      case TabOutput.Sharing:
        this.#onChange({ role: ROLES[number]!, tabs: core.core.word(4) });
    }
  }

  // The connection

  #owner(core: TabCore, source: number): Owner {
    return {
      core: core.core,
      source,
      request: () => undefined,
      deliver: () => {
        this.#tell(() => {});
        // It waits for listeners as it would alone, but not for those that keep all tabs waiting.
        if (!this.#isDelivering || this.#isHeld) return undefined;
        return new Promise((resolve) => (this.#goOn = resolve));
      },
      delivering: undefined,
    };
  }

  /** What becomes of the connection, the core has been told; here it is only followed up. */
  #relay(): Listener {
    const follow = (known?: EventSourceError) => {
      if (known) this.#known = known;
      this.#tell(() => {});
    };
    return {
      connecting: follow,
      open: () => follow(),
      waiting: (problem) => follow(problem),
      paused: follow,
      closed: (problem) => follow(problem),
      gap: follow,
      // Events go through the core.
      problem: () => undefined,
      comment: () => {},
      event: () => undefined,
      types: () => [],
    };
  }

  // Delivery

  #deliver(core: TabCore): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    this.#slice = performance.now();
    const held = this.#walk(core);
    if (held) void this.#rest(core, held);
    else this.#isDelivering = false;
  }

  async #rest(core: TabCore, first: Promise<void>): Promise<void> {
    for (let held: Promise<void> | undefined = first; held; held = this.#walk(core)) await held;
    this.#isDelivering = false;
    this.#letGoOn();
  }

  /** Goes on until something has to be waited for. */
  #walk(core: TabCore): Promise<void> | undefined {
    while (!this.#closed) {
      this.#isHeld = false;
      const [records, text] = core.tell();
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
    this.#goOn = undefined;
  }

  /** Gives the platform a turn, if it is time. */
  #turn(): Promise<void> | undefined {
    if (performance.now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = performance.now();
    });
  }

  #told(kind: number, number: number, text: string): void {
    if (this.#closed) return;
    switch (kind) {
      case TabRecord.Gap:
        this.#listener.gap();
        break;
      case TabRecord.Argument:
        this.#arguments.push([number, text]);
        break;
      case TabRecord.State:
        this.#become(number, this.#takeProblem());
    }
  }

  #become(state: Output, problem: EventSourceError | undefined): void {
    const listener = this.#listener;
    const before = this.#state;
    this.#state = state;
    switch (state) {
      case Output.Connecting:
        // Each tab that comes to lead says so anew.
        if (before !== state) listener.connecting();
        break;
      case Output.Open:
        listener.open(this.#settings.url.origin, false);
        break;
      case Output.Waiting:
        listener.waiting(problem!, -1);
        break;
      case Output.Paused:
        listener.paused();
        break;
      case Output.Closed:
        // Without a reason it is the server's: status 204.
        this.#end(problem ?? this.#known ?? noContent());
    }
  }

  #takeProblem(): EventSourceError | undefined {
    const [first, second] = this.#arguments;
    this.#arguments = [];
    if (!first || !second) return undefined;
    const excerpt = first[1] || undefined;
    const headers = second[1] ? new Headers({ "content-type": second[1] }) : undefined;
    const problem = problemOf(first[0], second[0], { excerpt, headers });
    // Who holds the connection knows more of it.
    const known = this.#known;
    this.#known = undefined;
    return known?.code === problem.code || problem.code === "unsupported" ? (known ?? problem) : problem;
  }
}
