import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { ScriptedClient, type ScriptedSession } from "@voxline/core/testing";
import { RealtimeGateway } from "@voxline/gateway/server";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { expect, it } from "vitest";

const TOOL_MS = 3_000;

it("delivers every delta that is sent while a tool runs for three seconds, before the tool's result", async () => {
  const scripted = new ScriptedClient();
  const gateway = new RealtimeGateway({ client: scripted });
  const { port } = await gateway.listen();
  const slow = {
    type: "function" as const,
    name: "slow",
    parameters: { type: "object" },
    invoke: () => new Promise<string>((resolve) => setTimeout(resolve, TOOL_MS, "done")),
  };
  const client = new RealtimeClientBuilder(
    new OpenAIRealtimeClient({ apiKey: "none", url: `ws://127.0.0.1:${port}/v1/realtime` }),
  )
    .use(functionInvocation({ tools: [slow] }))
    .build();
  await using session = await client.createSession();
  const source = scripted.sessions[0] as ScriptedSession;
  const sentAt: number[] = [];
  const delays: number[] = [];
  const order: string[] = [];
  const done = new Promise<void>((resolve, reject) => {
    session.subscribe({
      onMessage(message: RealtimeServerMessage) {
        if (message.type === "OutputAudioDelta") delays.push(performance.now() - (sentAt[delays.length] as number));
        if (message.type === "OutputAudioDelta" || message.type === "ToolResult") order.push(message.type);
        if (message.type === "ToolResult") resolve();
      },
      onClose: (info) => reject(info.error ?? new TypeError(info.reason)),
    });
  });

  const responseId = "resp_1";
  const item = {
    id: "item_1",
    status: "completed" as const,
    contents: [{ type: "functionCall" as const, callId: "call_1", name: "slow", arguments: "{}" }],
  };
  source.say(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, status: "in_progress" }));
  source.say(
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { responseId, itemId: "item_1", outputIndex: 0, item }),
  );
  const audio = AudioChunk.fromBytes(new Uint8Array(960), PCM16_24K);
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      // The last ones leave well before the tool ends, so that the order is the pipeline's and not a race of two timers.
      if (performance.now() - began > TOOL_MS - 200) {
        clearInterval(timer);
        resolve();
        return;
      }
      sentAt.push(performance.now());
      const ids = { responseId, itemId: "item_2", outputIndex: 1, contentIndex: 0 };
      source.say(new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...ids, audio }));
    }, 20);
  });
  await done;
  await gateway.close();

  expect(delays.length).toBe(sentAt.length);
  expect(delays.length).toBeGreaterThan(50);
  expect(order.indexOf("ToolResult")).toBe(order.length - 1);
  const largest = Math.max(...delays);
  process.stdout.write(
    `tools beside the stream: ${delays.length} deltas during a ${TOOL_MS} ms tool, largest delay ${largest.toFixed(1)} ms\n`,
  );
  expect(largest).toBeLessThan(1_000);
});
