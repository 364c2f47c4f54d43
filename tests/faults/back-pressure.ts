import type { Fault } from "./fault-case.ts";
export const BACK_PRESSURE: readonly Fault[] = [];
