// A source whose connection is shared with other tabs.

import type { Core } from "./core.js";
import { Output } from "./core.js";
import { Driver, type Listener } from "./driver.js";
import { loadCore } from "./load.js";
import { type Arguments, type EventSourceError, eventTooLarge, noContent, toldProblem, wasmFailed } from "./problem.js";
import { canShare, type Member, Room, type Upstream } from "./room.js";
import type { Settings } from "./settings.js";
import type { End } from "./stream.js";
import type { Behind, Sharing } from "./share.js";
import { type TabCore, TabRecord } from "./tab-core.js";

export class Tab implements Behind {
  readonly #settings: Settings;
  readonly #listener: Listener;
  readonly #scope: string;
  readonly #onChange: (sharing: Sharing) => void;
  /** Where nothing can be shared: the connection is its own. */
  #alone: Driver | undefined;
  #room: Room | undefined;
  /** What is known here of the failure of the connection that this tab holds for all. */
  #known: EventSourceError | undefined;
  #serverEnd: End | undefined;
  #closed = false;
  #state: Output = Output.Connecting;
  #arguments: Arguments = [];

  constructor(settings: Settings, listener: Listener, scope: string, onChange: (sharing: Sharing) => void) {
    this.#settings = settings;
    this.#listener = listener;
    this.#scope = scope;
    this.#onChange = onChange;
    if (!canShare()) {
      this.#standAlone();
      return;
    }
    onChange({ role: "follower", tabs: 1 });
    loadCore(2, (reason) => this.#closed || listener.problem(wasmFailed(reason))).then(
      (core) => this.#start(core),
      (reason: unknown) => this.#end(wasmFailed(reason)),
    );
  }

  reconnect(): void {
    (this.#alone ?? this.#room)?.reconnect();
  }

  /** Every type is received. */
  listen(): void {}

  requireFetch(): void {}

  /** Leaves the others. The listener is told nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#alone?.close();
    this.#room?.close();
  }

  #end(problem: EventSourceError | undefined, end?: End): void {
    if (this.#closed) return;
    this.close();
    this.#listener.closed(problem, end);
  }

  /** Without a reason it is the server's end: by status 204, unless this tab knows better. */
  #ended(problem: EventSourceError | undefined): void {
    const end = problem ? undefined : (this.#serverEnd ?? { reason: "no-content" as const, unfinished: undefined });
    const isStandard = end?.reason === "no-content" && this.#settings.standard;
    this.#end(problem ?? (isStandard ? noContent() : undefined), end);
  }

  #standAlone(): void {
    this.#onChange({ role: "alone", tabs: 1 });
    this.#alone = new Driver(this.#settings, this.#listener);
  }

  #start(core: Core): void {
    if (this.#closed) return;
    try {
      this.#room = new Room(core, this.#settings, this.#scope, this.#member());
    } catch {
      this.#standAlone();
      return;
    }
    this.#room.enter();
  }

  #member(): Member {
    const listener = this.#listener;
    const { maxEventSize } = this.#settings;
    return {
      key: "",
      isMux: false,
      connect: (core, number) => this.#connect(core, number),
      change: this.#onChange,
      event: (type, data, id) => listener.event(type, data, id),
      tooLarge: () => listener.problem(eventTooLarge(maxEventSize)),
      told: (kind, number, text) => this.#told(kind, number, text),
    };
  }

  // The connection

  #connect({ core }: TabCore, source: number): Upstream {
    const room = this.#room!;
    const deliver = () => {
      room.enter();
      return room.waitForListeners();
    };
    const owner = { core, source, request: () => undefined, deliver, delivering: undefined };
    const driver = new Driver(this.#settings, this.#relay(room), owner);
    return { reconnect: () => driver.reconnect(), close: () => driver.close(), flush: () => {} };
  }

  /** What becomes of the connection, the core has been told; here it is only followed up. */
  #relay(room: Room): Listener {
    const follow = (known?: EventSourceError) => {
      if (known) this.#known = known;
      room.enter();
    };
    return {
      connecting: follow,
      open: () => follow(),
      waiting: (problem) => follow(problem),
      paused: follow,
      closed: (problem, end) => {
        this.#serverEnd = end;
        // What the tabs are told of status 204, each says by itself.
        follow(end ? undefined : problem);
      },
      gap: follow,
      // Events go through the core.
      problem: () => undefined,
      comment: () => {},
      event: () => undefined,
      types: () => [],
    };
  }

  // What the listener is told

  #told(kind: number, number: number, text: string): void {
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
        listener.open(this.#settings.url.origin);
        break;
      case Output.Waiting:
        listener.waiting(problem!, -1);
        break;
      case Output.Paused:
        listener.paused();
        break;
      case Output.Closed:
        this.#ended(problem ?? this.#known);
    }
  }

  #takeProblem(): EventSourceError | undefined {
    const told = this.#arguments;
    this.#arguments = [];
    if (!told.length) return undefined;
    // Who holds the connection knows more of it.
    const known = this.#known;
    this.#known = undefined;
    return toldProblem(told, known);
  }
}
