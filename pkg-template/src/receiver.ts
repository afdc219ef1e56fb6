// What an `EventSource` and a channel have in common, and how a prototype stays free of what is internal.

import { show } from "./show.js";
import type { Stream } from "./stream.js";

/**
 * The stream of each. Methods find it here: they are the same for both, and no field or method of a user's can get
 * in the way of what is internal, since none of it is on a prototype.
 */
export const streams = new WeakMap<object, Stream>();

/** Throws for what is none of them, as a method of the platform's does. */
export const streamOf = (receiver: object): Stream => {
  const stream = streams.get(receiver);
  if (!stream) throw new TypeError("Illegal invocation");
  return stream;
};

type Class = { readonly prototype: object };

/** Has a class show `fields`, also as JSON. */
export function present<Of extends object>(Class: Class, name: string, fields: (receiver: Of) => object): void {
  show(Class, name, fields);
  const value = function (this: Of) {
    return fields(this);
  };
  Object.defineProperty(Class.prototype, "toJSON", { value, configurable: true, writable: true });
}

/**
 * Makes attributes that the platform's own does not have replaceable, as WebIDL calls it: to assign to one puts a
 * property of that name in its place, since the name may be that of a user's field.
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
