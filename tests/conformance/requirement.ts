/** Where a behaviour lives. */
export type Home =
  | "core"
  | "providers"
  | "openai"
  | "azure"
  | "voice-live"
  | "gemini"
  | "dashscope"
  | "middleware"
  | "agents"
  | "room"
  | "gateway"
  | "audio"
  | "samples"
  | "tests";

/** A test by file and full name, its parts joined by " > "; a name that ends with `*` stands for all tests that begin so. */
export type Citation = readonly [file: string, name: string];

/** One behaviour Voxline promises, with what proves it. Tests may also claim a row by `[row N]` in their names. */
export interface Requirement {
  readonly row: number;
  readonly home: Home;
  readonly behaviour: string;
  /** `open`: not there yet, or not proved. */
  readonly status: "held" | "open";
  readonly tests: readonly Citation[];
  /** What is missing of an open row, or how a held one differs from what was asked for first. */
  readonly note: string | undefined;
}

/** A behaviour that tests hold. */
export function held(row: number, home: Home, behaviour: string, ...tests: readonly Citation[]): Requirement {
  return { row, home, behaviour, status: "held", tests, note: undefined };
}

/** A behaviour that is not there yet, or is there only in part. */
export function open(row: number, home: Home, behaviour: string, note?: string): Requirement {
  return { row, home, behaviour, status: "open", tests: [], note };
}

/** Says what a reader of the row should know besides. */
export function noted(note: string, requirement: Requirement): Requirement {
  return { ...requirement, note };
}

const file =
  (path: string) =>
  (name: string): Citation => [path, name];

/** The files that are cited most. */
export const socket = file("packages/providers/src/openai/real-socket.test.ts");
export const calls = file("packages/core/src/function-invocation/function-invocation.test.ts");
export const logs = file("packages/core/src/logging/logging.test.ts");
export const audio = (name: string) => file(`packages/core/src/audio/${name}.test.ts`);
export const gateway = file("packages/gateway/src/server/gateway.test.ts");
export const connection = file("packages/gateway/src/server/connection.test.ts");
export const flow = file("packages/gateway/src/server/flow-control.test.ts");
export const demo = file("tests/e2e/demo.test.ts");
export const beside = file("tests/e2e/tools-beside-the-stream.test.ts");
