import { expect, it } from "vitest";
import type { Report } from "../../packages/cli/src/demo/report.ts";
import { run, scratchFolder, VOXLINE } from "./process.ts";

// One of the five, as a sign of life; tests/interop/providers-demo.test.ts has all of them.
it("voxline demo runs through a provider's own client, before the emulator of its service, without a key", async () => {
  await using folder = await scratchFolder();
  const args = [
    VOXLINE,
    "demo",
    "--fast",
    "--json",
    "--provider",
    "gemini",
    "--via",
    "emulator",
    "--text",
    "What is the weather in Cairo?",
  ];
  const { code, stdout, stderr } = await run(args, folder.path, { GEMINI_API_KEY: "", GOOGLE_API_KEY: "" });
  expect([code, stderr]).toEqual([0, ""]);
  const { provider, url, transcript, toolCalls, warnings } = JSON.parse(stdout) as Report;
  expect(provider).toBe("gemini");
  expect(new URL(url).pathname).toBe("/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent");
  expect(transcript.at(-1)?.text).toMatch(/^In Cairo it is 24 degrees and sunny/);
  expect(toolCalls.map(({ name, arguments: given }) => [name, given])).toEqual([["get_weather", '{"city":"Cairo"}']]);
  expect(warnings).toEqual([]);
});
