// Browsers grant an HTTP/1.1 origin six connections over all its tabs, and the seventh waits silently. This module
// warns of it, at most once per page.

/** Number of open sources of this page, by origin. */
const open = new Map<string, number>();
const GRANTED = 6;
/** Milliseconds that another source must have waited before the warning. */
const PATIENCE = 3000;
let isSaid = false;

/** One source's part in the count of connections. */
export class Place {
  readonly #url: URL;
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  connecting(): void {
    this.free();
    const { document, performance } = globalThis;
    // The limit exists only in pages, and not over HTTP/2. The page doesn't know which protocol another origin speaks.
    if (isSaid || !document || this.#open < GRANTED) return;
    const [page] = (performance.getEntriesByType?.("navigation") ?? []) as PerformanceNavigationTiming[];
    if (this.#url.origin === location.origin && page && !/^(http\/1|$)/.test(page.nextHopProtocol)) return;
    this.#timer = setTimeout(() => {
      if (isSaid || this.#open < GRANTED) return;
      isSaid = true;
      console.warn(
        `everstream: \`${this.#url.origin}${this.#url.pathname}\` waits for a connection: this page has ${this.#open} streams of its origin open, ` +
          `and browsers grant an origin ${GRANTED} over HTTP/1.1, all tabs together. ` +
          "Serve it over HTTP/2, or share a connection by `everstream/mux` or `everstream/shared`.",
      );
    }, PATIENCE);
  }

  taken(): void {
    this.free();
    this.#isOpen = true;
    open.set(this.#url.origin, this.#open + 1);
  }

  free(): void {
    clearTimeout(this.#timer);
    if (this.#isOpen) open.set(this.#url.origin, this.#open - 1);
    this.#isOpen = false;
  }

  get #open(): number {
    return open.get(this.#url.origin) ?? 0;
  }
}
