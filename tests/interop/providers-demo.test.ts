import { WebSocket } from "ws";
import { describe, expect, it } from "vitest";
import type { Report } from "../../packages/cli/src/demo/report.ts";
import { Child, run, scratchFolder, VOXLINE } from "../e2e/process.ts";

/** Nothing of the environment that could be a provider's: what the emulator needs, it brings. */
const NO_KEYS = {
  AZURE_OPENAI_ENDPOINT: "",
  AZURE_OPENAI_BASE_URL: "",
  AZURE_OPENAI_API_KEY: "",
  AZURE_OPENAI_AD_TOKEN: "",
  AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME: "",
  AZURE_VOICELIVE_ENDPOINT: "",
  AZURE_VOICE_LIVE_ENDPOINT: "",
  AZURE_VOICELIVE_API_KEY: "",
  AZURE_VOICE_LIVE_API_KEY: "",
  GEMINI_API_KEY: "",
  GOOGLE_API_KEY: "",
  DASHSCOPE_API_KEY: "",
};

interface Case {
  readonly provider: string;
  readonly path: string;
  /** The model that the spans name. */
  readonly model: string;
}

const CASES: readonly Case[] = [
  { provider: "openai", path: "/v1/realtime", model: "gpt-realtime" },
  { provider: "azure-openai", path: "/openai/v1/realtime", model: "gpt-realtime" },
  { provider: "voice-live", path: "/voice-live/realtime", model: "gpt-realtime" },
  {
    provider: "gemini",
    path: "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
    model: "gemini",
  },
  { provider: "dashscope", path: "/api-ws/v1/realtime", model: "qwen3.5-omni-flash-realtime" },
];

describe.concurrent("voxline demo with each provider's client and the emulator of its service", () => {
  it.for(CASES)("$provider", async ({ provider, path, model }) => {
    await using folder = await scratchFolder();
    const args = [VOXLINE, "demo", "--fast", "--json", "--provider", provider, "--via", "emulator"];
    const { code, stdout, stderr } = await run(args, folder.path, NO_KEYS);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report.provider).toBe(provider);
    expect(new URL(report.url).pathname).toBe(path);
    expect(report.model).toMatch(new RegExp(`^${model}`));
    expect(report.transcript.filter((line) => line.who === "caller").map((line) => line.text)).toEqual([
      "what is the weather in oslo",
      "compare the weather in oslo and paris",
      "thank you very much",
    ]);
    const said = report.transcript.filter((line) => line.who === "agent").map((line) => line.text);
    expect(said[0]).toMatch(/^In Oslo it is 4 degrees and cloudy\. The wind/);
    expect(said.slice(1)).toEqual(["Oslo has 4 degrees and Paris has 11.", "You are welcome."]);
    expect(report.toolCalls.map(({ name, arguments: given, isError }) => [name, given, isError])).toEqual([
      ["get_weather", '{"city":"Oslo"}', false],
      ["get_weather", '{"city":"Oslo"}', false],
      ["get_weather", '{"city":"Paris"}', false],
    ]);
    expect(report.interruptions.length).toBe(1);
    expect(report.warnings).toEqual([]);
    expect(report.spans.filter((span) => span.error)).toEqual([]);
  });
});

describe.concurrent("voxline serve", () => {
  it("says where each protocol is spoken, and speaks it there", async () => {
    await using folder = await scratchFolder();
    const child = new Child([VOXLINE, "serve", "--port", "0"], { cwd: folder.path });
    await child.prints(/dashscope.*\n/);
    const addresses = [...child.stdout.matchAll(/^ {2}(\S.*?) {2,}(ws:\S+)$/gm)].map(([, name, url]) => [name, url] as const);
    expect(addresses.map(([name]) => name)).toEqual([
      "openai",
      "azure-openai",
      "azure-openai, preview",
      "voice-live",
      "gemini",
      "gemini, Vertex",
      "dashscope",
    ]);
    for (const [name, url] of addresses) {
      const socket = new WebSocket((url ?? "").replace("…", "qwen3.5-omni-flash-realtime"));
      await new Promise<void>((resolve, reject) => {
        socket.once("open", () => resolve());
        socket.once("error", (error) => reject(new TypeError(`${name}: ${error.message}`)));
      });
      socket.terminate();
    }
    child.process.kill("SIGTERM");
    expect((await child.finished).code).toBe(0);
  });

  it("does wrong what it is told to", async () => {
    await using folder = await scratchFolder();
    const faults = ["--fault", "refuse=429#1:7", "--fault", "openai.expire.error-first=100ms"];
    const child = new Child([VOXLINE, "serve", "--port", "0", ...faults], { cwd: folder.path });
    const [, url = ""] = await child.prints(/at (ws:\S+)/);
    await child.prints(/faults: refuse=429#1:7 {2}openai\.expire\.error-first=100ms\n/);
    const refused = new WebSocket(url);
    const retryAfter = await new Promise((resolve, reject) => {
      refused.on("error", () => undefined);
      refused.once("open", () => reject(new TypeError("the upgrade was accepted")));
      refused.once("unexpected-response", (request, { statusCode, headers }) => {
        request.destroy();
        resolve([statusCode, headers["retry-after"]]);
      });
    });
    expect(retryAfter).toEqual([429, "7"]);
    const types: unknown[] = [];
    const socket = new WebSocket(url);
    socket.on("message", (data: Buffer) => types.push((JSON.parse(data.toString()) as { type: string }).type));
    const code = await new Promise((resolve) => socket.once("close", resolve));
    expect([types, code]).toEqual([["session.created", "error"], 1001]);
    child.process.kill("SIGTERM");
    expect((await child.finished).code).toBe(0);
  });

  it("lists its faults and scenarios, and refuses what is none in one sentence", async () => {
    await using folder = await scratchFolder();
    const list = await run([VOXLINE, "serve", "--fault", "list"], folder.path);
    expect([list.code, list.stderr]).toEqual([0, ""]);
    expect(list.stdout).toMatch(/^ {2}close=CODE\[@WHEN\]\[:REASON\] {2,}the connection ends/m);
    expect(list.stdout).toMatch(/^ {2}gemini\.goaway-silence\[=TIME\] {2,}the first connection's end is announced/m);
    const wrong = await run([VOXLINE, "serve", "--fault", "earthquake"], folder.path);
    expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toMatch(/^voxline: config\.invalid: The fault "earthquake" cannot be ordered: [^\n]+\n$/);
  });
});
