import type { Fault } from "./fault-case.ts";
export const LIFECYCLE: readonly Fault[] = [];
