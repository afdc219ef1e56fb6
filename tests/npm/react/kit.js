// The kit that the cases of the hooks use: React, with or without a page to render into.

import { Kit as Channels } from '../channels/kit.js';
import { Kit as Sources } from '../conformance/kit.js';

export class Kit {
  #sources;
  #channels;

  /** `react` holds React and its renderers. `root` renders an element into a new container. */
  constructor({ react, hooks, Mux, server, testbed, root }) {
    Object.assign(this, react, hooks, { root });
    this.#sources = new Sources({ server });
    this.#channels = new Channels({ Mux, testbed });
  }

  play = (script) => this.#sources.play(script);
  logged = (log, wanted) => this.#sources.logged(log, wanted);
  hub = (settings) => this.#channels.hub(settings);
  mux = (hub) => this.#channels.mux(hub);

  renderToString(component) {
    return this.renderStatic(this.createElement(component)).replaceAll('<!-- -->', '');
  }

  /** Renders a component, hydrating `html` if the server has sent any. */
  async mount(component, { strict = false, html } = {}) {
    let element = this.createElement(component);
    if (strict) element = this.createElement(this.StrictMode, null, element);
    const page = await this.root(this, element, html);
    return {
      mistakes: page.mistakes,
      unmount: page.unmount,
      /** Waits until the page's text is `wanted`. */
      async shows(wanted) {
        while (page.text() !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
      },
    };
  }

  close() {
    this.#sources.close();
    this.#channels.close();
  }
}
