import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Frame } from "./wire-replay.ts";

const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

const WIRE = `
/** A type as it is on the wire: enums are text, and what may be missing may be null. */
type Wire<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer U)[] ? Wire<U>[]
  : unknown extends T ? unknown
  : { [K in keyof T]: Wire<T[K]> | (undefined extends T[K] ? null : never) };
`;

/** Frames, and the lines that declare `Frame` from the types of a service's own SDK; `Wire<T>` is a type as it is on the wire. */
export interface TypedFrames {
  readonly name: string;
  readonly types: string;
  readonly frames: readonly Frame[];
}

/** What the compiler has against the frames. It must also refuse two that are wrong, or it says that it took them. */
export async function complaints(files: readonly TypedFrames[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "voxline-wire-types-"));
  try {
    for (const { name, types, frames } of files) {
      const lines = frames.map((frame) => `(${JSON.stringify(frame)}) satisfies Frame;`);
      const wrong = [`({ "type": "response.done", "event_id": "e" })`, `({ "serverContent": { "turnCompleted": true } })`].map(
        (frame) => `// @ts-expect-error a field is missing, or has another name\n${frame} satisfies Frame;`,
      );
      await writeFile(join(folder, `${name}.ts`), [types, WIRE, ...lines, ...wrong, ""].join("\n"));
    }
    const compilerOptions = {
      module: "nodenext",
      target: "es2023",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      lib: ["es2023", "dom"],
      paths: { "openai/*": [`${MODULES}/openai/*`], "@google/genai": [`${MODULES}/@google/genai/dist/genai.d.ts`] },
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const { stdout } = await promisify(execFile)(process.execPath, [TSC, "-p", folder, "--pretty", "false"]).catch(
      (error: { stdout: string }) => error,
    );
    return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("  "));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
