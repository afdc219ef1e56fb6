// What the cases of the hooks use: React, with a page to render into or without one.

import { Kit as Channels } from '../channels/kit.js';
import { Kit as Sources } from '../conformance/kit.js';

export class Kit {
  #sources;
  #channels;

  /** `react` is React and its renderers, `root` makes what is rendered into. */
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

  /** Renders a component, into what the server has sent if there is any. */
  async mount(component, { strict = false, html } = {}) {
    let element = this.createElement(component);
    if (strict) element = this.createElement(this.StrictMode, null, element);
    const page = await this.root(this, element, html);
    return {
      mistakes: page.mistakes,
      unmount: page.unmount,
      /** Once the page is as wanted. */
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
