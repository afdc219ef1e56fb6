// The kit that the adapters' cases use, for every framework.

import { Kit as Channels } from '../channels/kit.js';
import { Kit as Sources } from '../conformance/kit.js';

/** Waits until an element's text is `wanted`. */
export const shown = async (element, wanted) => {
  while (element.textContent !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
};

export class Kit {
  #sources;
  #channels;

  /**
   * `framework` has `source`, `channel`, `live` and `cell`, and `render(setup, container, caught)`, which returns a function
   * that unmounts. `caught` receives the errors that reach the framework.
   */
  constructor({ framework, Mux, EventSource, createLive, server, testbed }) {
    const { source, channel, live, cell, render } = framework;
    Object.assign(this, { source, channel, live, cell, render, EventSource, createLive });
    this.#sources = new Sources({ server });
    this.#channels = new Channels({ Mux, testbed });
  }

  play = (script) => this.#sources.play(script);
  logged = (log, wanted) => this.#sources.logged(log, wanted);
  hub = (settings) => this.#channels.hub(settings);
  mux = (hub) => this.#channels.mux(hub);

  /** Waits until microtasks and short timers have run. */
  turn = () => this.#sources.elapse(20);

  mount(setup) {
    const container = document.createElement('div');
    document.body.append(container);
    let message;
    const unmount = this.render(setup, container, (error) => {
      message ??= String(error.message);
      container.textContent = `caught ${error.name}`;
    });
    return { unmount, caught: () => message, shows: (wanted) => shown(container, wanted) };
  }

  close() {
    this.#sources.close();
    this.#channels.close();
  }
}
