import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run, scratchFolder } from "./process.ts";

const built = (path: string): string => pathToFileURL(fileURLToPath(new URL(`../../${path}`, import.meta.url))).href;
const CORE = built("packages/core/dist/index.js");
const LOCAL = built("packages/local/dist/index.js");
const GATEWAY = built("packages/gateway/dist/server/index.js");
const OPENAI = built("packages/providers/dist/openai/index.js");

describe("a script that opens, uses and closes a session", () => {
  it.each([
    ["local model", ""],
    [
      "gateway and OpenAI provider",
      `
      const gateway = new RealtimeGateway({ client: model });
      const { port } = await gateway.listen();
      client = new OpenAIRealtimeClient({ apiKey: "none", url: \`ws://127.0.0.1:\${port}/v1/realtime\` });
      end = () => gateway.close();`,
    ],
  ])("exits by itself within a second of its end: %s", async (_name, setUp) => {
    await using folder = await scratchFolder();
    const script = join(folder.path, "script.mjs");
    await writeFile(
      script,
      `import { sendText, collectResponse } from ${JSON.stringify(CORE)};
      import { LocalRealtimeClient } from ${JSON.stringify(LOCAL)};
      import { RealtimeGateway } from ${JSON.stringify(GATEWAY)};
      import { OpenAIRealtimeClient } from ${JSON.stringify(OPENAI)};
      const model = new LocalRealtimeClient();
      let client = model, end = async () => undefined;
      ${setUp}
      const session = await client.createSession();
      sendText(session, "hello");
      const { text, audio } = await collectResponse(session);
      await session.close();
      await client[Symbol.asyncDispose]();
      await end();
      await model[Symbol.asyncDispose]();
      const done = performance.now();
      process.on("exit", () => console.log(JSON.stringify({ text, pieces: audio.length, lingeredMs: performance.now() - done })));`,
    );
    const { code, stdout, stderr } = await run([script], folder.path);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as { text: string; pieces: number; lingeredMs: number };
    expect(result.text).toBe("Hello. How can I help you?");
    expect(result.pieces).toBeGreaterThan(10);
    expect(result.lingeredMs).toBeLessThan(1_000);
  });
});

describe("the hello of the docs", () => {
  it("runs as it stands", async () => {
    await using folder = await scratchFolder();
    const { code, stdout, stderr } = await run(
      [fileURLToPath(new URL("../../docs/examples/dist/hello.js", import.meta.url))],
      folder.path,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^In Oslo it is 4 degrees and cloudy\./);
  });
});
