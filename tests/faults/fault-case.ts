import type { Bench } from "./bench.ts";

/** 0: must hold before anything is released; 1: before 1.0. */
export type Priority = 0 | 1;

/** One fault, produced on purpose: what goes wrong, and what must come of it. */
export interface FaultCase {
  readonly id: string;
  readonly title: string;
  readonly priority: Priority;
  /** Produces the fault and checks what is special to it; the oracle checks what holds after every fault. */
  readonly run: (bench: Bench) => Promise<void>;
}

/** A fault that cannot be produced here, and why. */
export interface SkippedFault {
  readonly id: string;
  readonly title: string;
  readonly priority: Priority;
  readonly skip: string;
}

export type Fault = FaultCase | SkippedFault;

export function fault(id: string, priority: Priority, title: string, run: (bench: Bench) => Promise<void>): FaultCase {
  return { id, title, priority, run };
}

export function skipped(id: string, priority: Priority, title: string, skip: string): SkippedFault {
  return { id, title, priority, skip };
}
