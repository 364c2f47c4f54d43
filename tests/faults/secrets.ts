import type { Fault } from "./fault-case.ts";
export const SECRETS: readonly Fault[] = [];
