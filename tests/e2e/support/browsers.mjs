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
 * The available browsers in which tests open, reload, close and kill tabs. `launchOn` makes the browser resolve a host
 * name to the local machine; an origin with that name is no secure context. `connectsOnLeaving` says that the browser
 * cuts a page's connections when a navigation begins. The page hears of it only when the next document has arrived, so
 * until then it may connect once more.
 */
export const BROWSERS = GECKODRIVER ? [CHROMIUM, FIREFOX] : [CHROMIUM];
