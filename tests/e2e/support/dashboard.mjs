import assert from 'node:assert/strict';

import { DEMO } from './environment.mjs';
import { eventually } from './eventually.mjs';

/** The demo's dashboard, operated as a visitor would. */
export class Dashboard {
  tab;
  /** The sets of channels sent to the server's control endpoint. */
  changes = [];
  #card;

  static async open(browser, test) {
    const dashboard = new Dashboard();
    const isReady = "'running' in document.documentElement.dataset";
    dashboard.tab = await browser.open(test, { origin: DEMO, isReady });
    const { page } = dashboard.tab;
    page.on('request', (request) => {
      if (request.url().endsWith('/demo/hub/stream/control')) {
        dashboard.changes.push(request.postDataJSON().channels);
      }
    });
    dashboard.#card = page.locator('#metrics');
    await dashboard.#card.locator('.grid').scrollIntoViewIfNeeded();
    return dashboard;
  }

  /** Reads the figures beside the widgets. */
  figures() {
    return this.#card.evaluate((card) => {
      const numbers = (part) => {
        const { textContent } = card.querySelector(`.figures [data-part=${part}]`);
        // A narrow space separates the thousands within a number.
        return textContent.replaceAll('\u202f', '').match(/\d+/g)?.map(Number) ?? [];
      };
      const [inForce, mounted] = numbers('channels');
      const [connections] = numbers('connections');
      const [received] = numbers('received');
      const [missed] = numbers('missed');
      const [duplicates] = numbers('duplicates');
      const [gaps] = numbers('gaps');
      return { inForce, mounted, connections, received, missed, duplicates, gaps };
    });
  }

  until(what, fits) {
    return eventually(what, () => this.figures(), fits);
  }

  /** Waits until `channels` widgets are mounted and all their channels are in force. */
  untilInForce(channels) {
    return this.until(`${channels} channels are in force`, ({ inForce, mounted }) =>
      inForce === channels && mounted === channels);
  }

  /** Waits until `times` changes of the set have been sent, and returns the last of them. */
  async untilChanged(times) {
    const ask = () => this.changes.length;
    await eventually(`${times} changes are sent`, ask, (changes) => changes >= times);
    return this.changes[times - 1];
  }

  /** Presses the card's button for `part`. */
  press(part) {
    return this.#card.locator(`[data-part=${part}]`).click();
  }

  /** Mounts the widget, or unmounts it if it is mounted. */
  pressWidget(id) {
    return this.#card.locator(`[data-slot="${id}"]`).click();
  }

  restartHub() {
    return this.#card.locator('[data-post="/demo/hub/restart"]').click();
  }

  /** Returns the line that each widget has drawn. */
  #lines() {
    return this.#card.evaluate((card) => Object.fromEntries(
      [...card.querySelectorAll('[data-slot]')]
        .map((slot) => [slot.dataset.slot, slot.querySelector('polyline')])
        .filter(([, line]) => line)
        .map(([id, line]) => [id, line.getAttribute('points')]),
    ));
  }

  /** Waits until every widget has drawn something new. */
  async untilAllGoOn(widgets) {
    const before = await this.#lines();
    assert.equal(Object.keys(before).length, widgets);
    const still = async () => {
      const now = await this.#lines();
      return Object.keys(before).filter((id) => now[id] === before[id]);
    };
    await eventually('every widget goes on', still, (ids) => ids.length === 0);
  }

  /**
   * Asserts that the widgets, going by their events' numbers, missed nothing, saw nothing twice, and had `gaps` gaps.
   */
  async assertComplete({ gaps }) {
    const figures = await this.figures();
    assert.ok(figures.received > 0);
    const { missed, duplicates } = figures;
    assert.deepEqual({ missed, duplicates, gaps: figures.gaps }, { missed: 0, duplicates: 0, gaps });
  }

  /** Waits until the server counts `wanted` connections to its hub. */
  async untilConnections(wanted) {
    const ask = async () => (await (await fetch(`${DEMO}/demo/hub/connections`)).json()).open;
    await eventually(`the hub has ${wanted} connections`, ask, (open) => open === wanted);
  }
}
