import { inspect } from "node:util";

/** Secrets planted wherever a user or a service could put one. None may come out again. */
export const CANARIES = {
  key: "sk-canary-key-7f3a91c2e5",
  header: "canary-header-51be0f7d",
  query: "canary-query-99d2c4aa",
  toolArgument: "canary-argument-0c83e6",
  toolResult: "canary-result-4471d8",
  transcript: "canary-transcript-b20f6e",
} as const;

/** Those that are found in a text. */
export function canariesIn(text: string): string[] {
  return Object.values(CANARIES).filter((canary) => text.includes(canary));
}

/** Everything a log line of this value could ever show: stacks, causes and hidden properties too. */
export function everythingIn(value: unknown): string {
  const stack = value instanceof Error ? value.stack : "";
  return `${inspect(value, { depth: 12, showHidden: true, getters: true })}\n${JSON.stringify(value)}\n${stack}`;
}
