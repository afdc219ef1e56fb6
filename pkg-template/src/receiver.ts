// The part that an `EventSource` and a channel share, and the means to keep internals off their prototypes.

import { show } from "./show.js";
import type { Stream } from "./stream.js";

/**
 * The stream of each receiver. Methods look it up here, so they work for both classes. Nothing internal is on a
 * prototype, where a user's field or method could collide with it.
 */
export const streams = new WeakMap<object, Stream>();

/** Returns the stream of a receiver. Throws for any other object, as the platform's methods do. */
export const streamOf = (receiver: object): Stream => {
  const stream = streams.get(receiver);
  if (!stream) throw new TypeError("Illegal invocation");
  return stream;
};

type Class = { readonly prototype: object };

/** Makes a class show `fields`, also as JSON. */
export function present<Of extends object>(Class: Class, name: string, fields: (receiver: Of) => object): void {
  show(Class, name, fields);
  const value = function (this: Of) {
    return fields(this);
  };
  Object.defineProperty(Class.prototype, "toJSON", { value, configurable: true, writable: true });
}

/**
 * Makes attributes that the platform's `EventSource` lacks replaceable, as WebIDL calls it. Assigning to one defines a
 * property in its place, because a user's class may have a field of that name.
 */
export function replaceable(prototype: object, ...names: string[]): void {
  for (const name of names) {
    Object.defineProperty(prototype, name, {
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
      },
    });
  }
}
