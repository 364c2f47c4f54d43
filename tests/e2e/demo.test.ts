import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { intercept, RealtimeClientBuilder, type RealtimeClientMessage } from "@voxline/core";
import { readWav, writeWav } from "@voxline/core/audio";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { describe, expect, it } from "vitest";
import type { Report } from "../../packages/cli/src/demo/report.ts";
import { Child, run, scratchFolder, VOXLINE } from "./process.ts";

const CALL = fileURLToPath(new URL("../../packages/cli/assets/call.wav", import.meta.url));

/** The first seconds of the demo's call: one question, and silence where the second speech would be. */
async function oneQuestion(folder: string): Promise<string> {
  const { samples, sampleRate } = readWav(await readFile(CALL));
  const path = join(folder, "one-question.wav");
  await writeFile(path, writeWav(samples.slice(0, sampleRate * 5), sampleRate));
  return path;
}

const demoJson = async (folder: string, ...args: string[]): Promise<Report> => {
  const { code, stdout, stderr } = await run([VOXLINE, "demo", "--fast", "--json", ...args], folder);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Report;
};

describe.concurrent("voxline demo", () => {
  it("holds a spoken conversation and prints one JSON object", async () => {
    await using folder = await scratchFolder();
    const report = await demoJson(folder.path);
    const heard = report.transcript.filter((line) => line.who === "caller").map((line) => line.text);
    expect(heard).toEqual(["what is the weather in oslo", "compare the weather in oslo and paris", "thank you very much"]);
    const said = report.transcript.filter((line) => line.who === "agent").map((line) => line.text);
    expect(said[0]).toMatch(/^In Oslo it is 4 degrees and cloudy\. The wind/);
    expect(said[1]).toBe("Oslo has 4 degrees and Paris has 11.");
    expect(said[2]).toBe("You are welcome.");
    expect(report.toolCalls.map((call) => [call.name, call.arguments, call.isError])).toEqual([
      ["get_weather", '{"city":"Oslo"}', false],
      ["get_weather", '{"city":"Oslo"}', false],
      ["get_weather", '{"city":"Paris"}', false],
    ]);
    expect(JSON.parse(report.toolCalls[2]?.result ?? "")).toEqual({ city: "Paris", temperature: 11, sky: "clear" });
    expect(report.interruptions.length).toBe(1);
    expect(report.tokens.inputAudioTokens).toBeGreaterThan(100);
    expect(report.latencies.firstAudioMs.length).toBe(3);
    expect(report.warnings).toEqual([]);

    const spans = new Map(report.spans.map((span) => [span.spanId, span]));
    const tools = report.spans.filter((span) => span.name === "execute_tool get_weather");
    expect(tools.length).toBe(3);
    for (const tool of tools) {
      const response = spans.get(tool.parentSpanId ?? "");
      expect(response?.name).toBe("realtime_inference voxline-local");
      expect(spans.get(response?.parentSpanId ?? "")?.name).toBe("realtime_session voxline-local");
    }
    expect(report.spans.filter((span) => span.error)).toEqual([]);
    expect(new Set(report.spans.map((span) => span.traceId)).size).toBe(1);
  });

  it("plays nothing of the agent after a cut, and tells the model what was heard", async () => {
    await using folder = await scratchFolder();
    const sent: RealtimeClientMessage[] = [];
    await using model = new LocalRealtimeClient();
    const tap = intercept("tap", () => ({ send: (message, next) => (sent.push(message), next(message)) }));
    const gateway = new RealtimeGateway({ client: new RealtimeClientBuilder(model).use(tap).build() });
    const { port } = await gateway.listen();
    const report = await demoJson(folder.path, "--url", `ws://127.0.0.1:${port}/v1/realtime`);
    await gateway.close();

    const cut = report.interruptions[0];
    const truncations = sent.filter((message) => message.type === "ConversationItemTruncate");
    expect(truncations.map(({ itemId, audioEndMs }) => ({ itemId, audioEndMs }))).toEqual([
      { itemId: cut?.itemId, audioEndMs: cut?.heardMs },
    ]);

    const { samples, sampleRate, channels } = readWav(await readFile(report.files["recording"] as string));
    expect([sampleRate, channels]).toEqual([24_000, 2]);
    const agent = (fromMs: number, toMs: number): Int16Array =>
      samples.slice(fromMs * 48, toMs * 48).filter((_sample, index) => index % 2 === 1);
    const [first, second] = report.transcript.filter((line) => line.who === "agent");
    const played = agent(first?.startMs ?? 0, cut?.atMs ?? 0).length / 24;
    expect(Math.abs(played - (truncations[0]?.audioEndMs ?? 0))).toBeLessThanOrEqual(20);
    expect(agent(first?.startMs ?? 0, cut?.atMs ?? 0).some((sample) => Math.abs(sample) > 1000)).toBe(true);
    const silence = agent(cut?.atMs ?? 0, second?.startMs ?? 0);
    expect(silence.length).toBeGreaterThan(24_000);
    expect(silence.every((sample) => sample === 0)).toBe(true);
  });

  it("reports no interruption where nobody interrupts", async () => {
    await using folder = await scratchFolder();
    const report = await demoJson(folder.path, "--wav", await oneQuestion(folder.path));
    expect(report.interruptions).toEqual([]);
    expect(report.transcript.at(-1)).toMatchObject({ who: "agent", interrupted: false });
    expect(report.transcript.at(-1)?.text).toMatch(/in the evening\.$/);
  });

  it("holds a written conversation", async () => {
    await using folder = await scratchFolder();
    const report = await demoJson(folder.path, "--text", "What is the weather in Cairo?", "--text", "Thank you");
    expect(report.transcript.map((line) => line.text)).toEqual([
      "What is the weather in Cairo?",
      expect.stringMatching(/^In Cairo it is 24 degrees and sunny/),
      "Thank you",
      "You are welcome.",
    ]);
    expect(report.files["recording"]).toBeUndefined();
  });

  it("shows a person the conversation, the figures and the spans", async () => {
    await using folder = await scratchFolder();
    const { code, stdout } = await run([VOXLINE, "demo", "--fast"], folder.path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/caller {2}what is the weather in oslo/);
    expect(stdout).toMatch(/tool {4}get_weather\(\{"city":"Oslo"\}\)/);
    expect(stdout).toMatch(/interrupted: \d+ ms were heard/);
    expect(stdout).toMatch(/time to first audio/);
    expect(stdout).toMatch(/└─ realtime_session voxline-local/);
    expect(stdout).toContain("conversation.wav");
  });

  it("sends the same spans to an OTLP receiver as it prints", async () => {
    await using folder = await scratchFolder();
    interface OtlpSpan {
      readonly spanId: string;
      readonly parentSpanId?: string;
      readonly name: string;
      readonly startTimeUnixNano: string;
      readonly endTimeUnixNano: string;
    }
    const received: OtlpSpan[] = [];
    const receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[] };
        for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) received.push(...spans);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const report = await demoJson(folder.path, "--otlp", `http://127.0.0.1:${port}/v1/traces`);
    receiver.close();
    const durationMs = (span: OtlpSpan): number => Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6;
    const byId = new Map(received.map((span) => [span.spanId, span]));
    expect(received.length).toBe(report.spans.length);
    for (const span of report.spans) {
      const other = byId.get(span.spanId);
      expect([other?.name, other?.parentSpanId]).toEqual([span.name, span.parentSpanId]);
      expect(durationMs(other as OtlpSpan)).toBeCloseTo(span.durationMs, 3);
    }
  });
});

describe.concurrent("voxline demo with wrong input", () => {
  it.each([
    ["a text file as audio", ["--wav", "not-a-wav.txt"], /^voxline: audio\.format: [^\n]+\.\n$/],
    ["a missing file", ["--wav", "missing.wav"], /^voxline: config\.invalid: [^\n]*missing\.wav[^\n]*there is no such file\.\n$/],
    ["an unknown option", ["--loud"], /^voxline: config\.invalid: [^\n]*--loud[^\n]*\.\n$/],
    ["no key", ["--provider", "openai"], /^voxline: config\.missing_credential: [^\n]*OPENAI_API_KEY[^\n]*\n$/],
    ["an unknown provider", ["--provider", "acme"], /^voxline: config\.invalid: There is no provider "acme"[^\n]*\n$/],
    ["nobody listening", ["--url", "ws://127.0.0.1:9/v1/realtime"], /^voxline: connect\.refused: [^\n]*127\.0\.0\.1:9[^\n]*\n$/],
  ])("says what is wrong with %s, in one sentence", async (_name, args, sentence) => {
    await using folder = await scratchFolder();
    await writeFile(join(folder.path, "not-a-wav.txt"), "These are words, and no audio at all, whatever the name says.");
    const { code, stdout, stderr } = await run([VOXLINE, "demo", "--json", ...args], folder.path);
    expect(stderr).toMatch(sentence);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

describe("voxline serve in another process", () => {
  const serve = async (folder: string): Promise<{ child: Child; url: string }> => {
    const child = new Child([VOXLINE, "serve", "--provider", "local", "--port", "0"], { cwd: folder });
    const [, url] = await child.prints(/at (ws:\S+)/);
    return { child, url: url as string };
  };

  it("holds the same conversation, and stops when asked", async () => {
    await using folder = await scratchFolder();
    const { child, url } = await serve(folder.path);
    const report = await demoJson(folder.path, "--url", url);
    expect(report.transcript.filter((line) => line.who === "caller").map((line) => line.text)).toEqual([
      "what is the weather in oslo",
      "compare the weather in oslo and paris",
      "thank you very much",
    ]);
    expect(report.interruptions.length).toBe(1);
    child.process.kill("SIGTERM");
    expect((await child.finished).code).toBe(0);
  });

  it("is missed within two seconds when it is killed in the middle of a reply", async () => {
    await using folder = await scratchFolder();
    const { child, url } = await serve(folder.path);
    const demo = new Child([VOXLINE, "demo", "--url", url], { cwd: folder.path });
    await demo.prints(/agent {3}In Oslo/);
    child.process.kill("SIGKILL");
    const killedAt = performance.now();
    const { code, stderr } = await demo.finished;
    expect(performance.now() - killedAt).toBeLessThan(2_000);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^voxline: connection\.lost: [^\n]+\n$/);
  });
});
