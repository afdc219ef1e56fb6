// A multiplexer whose connection is shared with other tabs. The tab that leads has beside its part one for the
// channels of all, which knows nothing of sharing.

import { Connections } from "./connections.js";
import type { Core } from "./core.js";
import { MuxCore } from "./mux-core.js";
import type { EventSourceError } from "./problem.js";
import { type Member, Room, type Upstream } from "./room.js";
import type { Settings } from "./settings.js";
import type { MuxBehind, MuxListener, Sharing } from "./share.js";
import type { TabCore } from "./tab-core.js";

export class MuxTab implements MuxBehind {
  readonly #settings: Settings;
  readonly #listener: MuxListener;
  readonly #room: Room;

  /** Fails where the others can't be heard. */
  constructor(
    core: Core,
    settings: Settings,
    listener: MuxListener,
    scope: string,
    onChange: (sharing: Sharing) => void,
  ) {
    this.#settings = settings;
    this.#listener = listener;
    const { event, tooLarge, told } = listener.takers;
    const member: Member = {
      // The protocol, as the crate has it.
      key: '"everstream" ',
      isMux: true,
      connect: (core, number) => this.#connect(core, number),
      change: onChange,
      event,
      tooLarge,
      told: (kind, number, text) => told?.(kind, number, text),
    };
    this.#room = new Room(core, settings, scope, member);
  }

  subscribe(name: string): number {
    return this.#room.core.subscribe(name);
  }

  unsubscribe(name: string): void {
    this.#room.core.unsubscribe(name);
  }

  flush(): void {
    this.#room.tell((core) => core.flush());
  }

  reconnect(): void {
    this.#room.reconnect();
  }

  close(): void {
    this.#room.close();
  }

  /** What comes, the core has written into the log of the tabs; here it is only followed up. */
  #connect({ core }: TabCore, number: number): Upstream {
    const room = this.#room;
    const listener = this.#listener;
    const follow = (known?: EventSourceError) => {
      if (known) listener.know(known);
      room.enter();
    };
    const connections = new Connections(new MuxCore(core, this.#settings, number), this.#settings, {
      flush: () => {
        connections.flush();
        room.enter();
      },
      become: (_state, _origin, problem) => follow(problem),
      closed: follow,
      deliver: (records, text) => {
        // What concerns no channel alone.
        void listener.deliver(records, text);
        room.enter();
        return room.waitForListeners();
      },
      delivering: undefined,
    });
    connections.flush();
    return connections;
  }
}
