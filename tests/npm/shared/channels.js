// Cases about multiplexers that share a connection. All are on one page, which works like several tabs.

import { equal, ok, throws } from '../conformance/kit.js';
import { upTo } from '../channels/kit.js';

let scopes = 0;

/** Makes multiplexers that share with no other. */
export const sharedAlone = (Mux) =>
  class extends Mux {
    constructor(url, options) {
      super(url, { ...options, shared: `alone ${(scopes += 1)}` });
    }
  };

/** Makes multiplexers that follow another, which leads and has no channels. */
export const besideLeader = (Mux) =>
  class extends Mux {
    #leader;

    constructor(url, options) {
      const shared = `beside ${(scopes += 1)}`;
      const leader = new Mux(url, { ...options, shared });
      super(url, { ...options, shared });
      this.#leader = leader;
    }

    close() {
      this.#leader.close();
      super.close();
    }
  };

/** Opens `count` multiplexers of one hub and waits until each counts all. The leader is returned first. */
async function share(t, hub, count = 2, options = {}) {
  const all = [];
  for (let at = 0; at < count; at += 1) all.push(t.mux(hub, { shared: 'x', ...options }));
  for (const mux of all) {
    while (mux.sharing.tabs !== count) await t.next(mux, 'sharingchange');
  }
  const leads = ({ sharing }) => sharing.role === 'leader';
  return [...all.filter(leads), ...all.filter((mux) => !leads(mux))];
}

export const cases = {
  async 'one connection, for the channels of all'(t) {
    const hub = await t.hub();
    const muxes = await share(t, hub, 3);
    equal(muxes.map(({ sharing }) => sharing.role), ['leader', 'follower', 'follower']);
    const channels = muxes.flatMap((mux, at) => [mux.channel('all'), mux.channel(`own:${at}`)]);
    const journals = channels.map((channel) => t.journal(channel));
    await t.inForce(...channels);
    await hub.numbers(['all', 'own:0', 'own:1', 'own:2'], 50, 2);
    for (const journal of journals) equal(await journal.first(50), upTo(50));
    equal(muxes.map(({ state }) => state), Array(3).fill('open'));
    const { open, opened } = await hub.report();
    equal([open, opened], [1, 1]);
  },

  async 'a channel begins after an event that the tabs keep'(t) {
    const hub = await t.hub();
    const [leader, follower] = await share(t, hub);
    const [kept, other] = ['log', 'other'].map((name) => leader.channel(name));
    const journals = [kept, other].map((channel) => t.journal(channel));
    await t.inForce(kept, other);
    const ids = {};
    for (const channel of [kept, other]) channel.onAny(({ lastEventId }) => (ids[channel.name] ??= lastEventId));
    await hub.numbers(['log', 'other'], 5);
    for (const journal of journals) equal(await journal.first(5), upTo(5));
    const late = follower.channel('log', { lastEventId: ids.log });
    const journal = t.journal(late);
    equal(await journal.first(4), upTo(5, 2));
    await hub.publish({ channel: 'log', data: 6 });
    equal(await journal.first(5), upTo(6, 2));
    // An event of another channel says nothing about this one.
    const begun = follower.channel('other', { lastEventId: ids.log });
    await t.next(begun, 'gap');
    equal((await hub.report()).opened, 1);
    const taken = (error) => error instanceof TypeError && error.message.includes('`lastEventId`');
    throws(() => follower.channel('log', { lastEventId: ids.log }), taken, 'a TypeError');
  },

  async 'a channel that no tab holds begins where the server has it'(t) {
    const hub = await t.hub();
    const [leader, follower] = await share(t, hub);
    for (const mux of [leader, follower]) {
      const name = `log:${mux.sharing.role}`;
      const before = t.mux(hub).channel(name);
      await t.inForce(before);
      const head = await hub.numbers([name], 2);
      await hub.publish(...upTo(5, 3).map((data) => ({ channel: name, data })));
      const journal = t.journal(mux.channel(name, { lastEventId: head }));
      equal(await journal.first(3), upTo(5, 3));
    }
  },

  async 'a channel leaves with the last tab that holds it'(t) {
    const hub = await t.hub();
    const [leader, follower] = await share(t, hub);
    const [one, other] = [leader, follower].map((mux) => mux.channel('both'));
    const lasting = follower.channel('lasting');
    await t.inForce(one, other, lasting);
    const asked = async () => (await hub.report()).controls.map(({ body }) => JSON.parse(body).channels);
    const before = (await asked()).length;
    one.close();
    const journal = t.journal(other);
    await hub.publish({ channel: 'both', data: 'still' });
    equal(await journal.first(1), ['still']);
    equal((await asked()).length, before);
    other.close();
    await hub.reported(({ controls }) => controls.length === before + 1);
    equal((await asked()).at(-1), ['lasting']);
  },

  async 'when the leader closes, another resumes with the channels of all'(t) {
    const hub = await t.hub();
    const [leader, ...others] = await share(t, hub, 3);
    const channels = others.flatMap((mux, at) => [mux.channel('all'), mux.channel(`own:${at}`)]);
    const journals = channels.map((channel) => t.journal(channel));
    await t.inForce(leader.channel('gone'), ...channels);
    await hub.numbers(['all', 'own:0', 'own:1'], 100, 5);
    await journals[0].first(20);
    leader.close();
    for (const journal of journals) equal(await journal.first(100), upTo(100));
    const { open, opened } = await hub.report();
    equal([open, opened], [1, 2]);
    equal(others.map(({ sharing }) => sharing.tabs), [2, 2]);
  },

  async 'an end and a refusal are told to each that has the channel'(t) {
    const hub = await t.hub({ refused: ['secret'] });
    const muxes = await share(t, hub);
    const jobs = muxes.map((mux) => mux.channel('job'));
    const lasting = muxes[1].channel('lasting');
    await t.inForce(...jobs, lasting);
    const ends = jobs.map((job) => t.next(job, 'complete'));
    await hub.publish({ channel: 'job', complete: true });
    await Promise.all(ends);
    const refused = muxes.map((mux) => t.next(mux.channel('secret'), 'error'));
    for (const { code, error, target } of await Promise.all(refused)) {
      equal([code, error.reason, target.readyState], ['channel', 'forbidden', 2]);
    }
    const again = muxes[1].channel('job');
    const journal = t.journal(again);
    await t.inForce(again);
    await hub.publish({ channel: 'job', data: '1' });
    equal(await journal.first(1), ['1']);
    equal(lasting.readyState, 1);
  },

  async 'two scopes do not meet, nor do sources and multiplexers'(t) {
    const hub = await t.hub();
    const muxes = ['one', 'two'].map((shared) => t.mux(hub, { shared }));
    const source = new t.EventSource(`${hub.url}?channel=c`, { shared: 'one' });
    try {
      await t.inForce(...muxes.map((mux) => mux.channel('c')));
      while (source.readyState !== 1) await t.next(source, 'open');
      equal([...muxes, source].map(({ sharing }) => sharing), Array(3).fill({ role: 'leader', tabs: 1 }));
      equal((await hub.report()).opened, 3);
    } finally {
      source.close();
    }
  },

  async 'what can\'t be shared'(t) {
    const hub = await t.hub();
    for (const options of [{ pauseWhenHidden: true }, { shared: 7 }]) {
      const refuses = () => t.mux(hub, { shared: 'x', ...options });
      throws(refuses, (error) => error instanceof TypeError && error.message.includes('`shared`'), JSON.stringify(options));
    }
    const mux = t.mux(hub, { shared: 'x' });
    ok(mux.sharing, 'it is shared');
    equal(t.mux(hub).sharing, undefined);
  },
};
