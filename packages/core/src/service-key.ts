declare const provides: unique symbol;

/** Names a service of type `T` that a session or client may offer; equal in duplicate installs, because it is a `Symbol.for`. */
export type ServiceKey<T> = symbol & { readonly [provides]?: T };

/** Makes the key for a service. An object offers the service by having a property under that symbol. */
export function serviceKey<T>(name: string): ServiceKey<T> {
  return Symbol.for(`voxline.service.${name}`) as ServiceKey<T>;
}

/** What an object itself offers under a key, `undefined` where it offers nothing. */
export function ownService<T>(owner: object, key: ServiceKey<T>): T | undefined {
  return (owner as Record<symbol, T | undefined>)[key];
}
