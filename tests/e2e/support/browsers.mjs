import { Chromium } from './chromium.mjs';
import { GECKODRIVER } from './environment.mjs';
import { Firefox } from './firefox.mjs';

const CHROMIUM = {
  name: 'chromium',
  connectsOnLeaving: false,
  launch: () => Chromium.launch(),
  launchOn: (host) => Chromium.launch([`--host-resolver-rules=MAP ${host} 127.0.0.1`]),
};

const FIREFOX = {
  name: 'firefox',
  connectsOnLeaving: true,
  launch: () => Firefox.launch(),
  launchOn: (host) => Firefox.launch({ 'network.dns.localDomains': host }),
};

/**
 * Those in which tabs are opened, reloaded, closed and killed, as far as they are there. `launchOn` has
 * the browser take a host name for that of this machine, which is then not a secure context.
 * `connectsOnLeaving` says that a page's connections are cut when it is to be left, of which the page hears
 * when the next document has come: until then it may connect once more.
 */
export const BROWSERS = GECKODRIVER ? [CHROMIUM, FIREFOX] : [CHROMIUM];
