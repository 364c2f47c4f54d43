/** Drops the oldest entry of a table that has grown above a size; called after each that is added. */
export function dropOldest<K>(table: { readonly size: number; keys(): Iterator<K>; delete(key: K): boolean }, max: number): void {
  if (table.size <= max) return;
  const { value, done } = table.keys().next();
  if (done !== true) table.delete(value);
}
