import type { Fault } from "./fault-case.ts";
export const PROTOCOL: readonly Fault[] = [];
