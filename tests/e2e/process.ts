import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const VOXLINE = fileURLToPath(new URL("../../packages/cli/bin/voxline.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A child process in a folder of its own, with nothing of this one's environment that matters. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
  stdout = "";
  stderr = "";
  readonly #began = performance.now();

  constructor(args: readonly string[], init: { cwd: string; env?: Readonly<Record<string, string>> }) {
    const { OPENAI_API_KEY: _key, ...env } = process.env;
    this.process = spawn(process.execPath, [...args], { cwd: init.cwd, env: { ...env, NO_COLOR: "1", ...init.env } });
    this.process.stdout.on("data", (data: Buffer) => {
      this.stdout += data.toString();
    });
    this.process.stderr.on("data", (data: Buffer) => {
      this.stderr += data.toString();
    });
    this.finished = new Promise((resolve) => {
      this.process.on("close", (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr, ms: performance.now() - this.#began });
      });
    });
  }

  /** Resolves with the first match of what it prints. */
  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.stdout);
        if (found !== null) resolve(found);
      };
      this.process.stdout.on("data", look);
      void this.finished.then(({ stderr }) => reject(new TypeError(`it ended without printing ${pattern}: ${stderr}`)));
      look();
    });
  }
}

/** A folder for one test, removed afterwards. */
export async function scratchFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "voxline-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function run(args: readonly string[], cwd: string, env?: Readonly<Record<string, string>>): Promise<Finished> {
  return new Child(args, env === undefined ? { cwd } : { cwd, env }).finished;
}
