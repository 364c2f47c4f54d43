const seed = Math.floor(Math.random() * 36 ** 6)
  .toString(36)
  .padStart(6, "0");
let count = 0;

/** A new id such as `msg_k3x9a0_1f`: unique in this process, unlikely to meet another's, under 32 characters. */
export function createId(prefix: string): string {
  count += 1;
  return `${prefix}_${seed}_${count.toString(36)}`;
}
