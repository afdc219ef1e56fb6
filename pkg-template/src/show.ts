// Makes the package's objects readable in consoles and inspectors.

type Class = { readonly prototype: object };

/**
 * Names a class, whatever a minifier has called it, and makes the inspectors of Node, Deno and Bun print `fields` of
 * its instances. Without this, Node throws for objects that inherit from `Event`, and prints a source as `{}`.
 */
export function show<Shown extends object>(Class: Class, name: string, fields: (shown: Shown) => object): void {
  // Node passes (depth, options, inspect), Deno (inspect, options).
  function inspect(this: Shown, ...given: unknown[]): unknown {
    let shown: object;
    try {
      shown = fields(this);
    } catch {
      // The prototype is no instance, so it has no fields.
      return name;
    }
    const print = given.find((one) => typeof one === "function") as ((value: object, options: unknown) => string) | undefined;
    return print ? `${this.constructor.name || name} ${print(shown, given[1])}` : shown;
  }
  const hidden = { configurable: true, writable: true };
  Object.defineProperty(Class, "name", { value: name, configurable: true });
  Object.defineProperties(Class.prototype, {
    [Symbol.toStringTag]: { value: name, configurable: true },
    [Symbol.for("nodejs.util.inspect.custom")]: { value: inspect, ...hidden },
    [Symbol.for("Deno.privateCustomInspect")]: { value: inspect, ...hidden },
  });
}

/** Masks user and password in a URL, or in the text given for one, so that it may be shown. */
export const shown = (url: string): string => url.replace(/\/\/[^/?#]*@/g, "//***@");
