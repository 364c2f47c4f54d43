import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  type IRealtimeClient,
  type RealtimeServerMessage,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { logging } from "@voxline/core/logging";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { ScriptedClient, type ScriptedSession } from "@voxline/core/testing";
import { geminiProtocol, openaiProtocol, RealtimeGateway, type GatewayProtocol } from "@voxline/gateway/server";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { pino } from "pino";
import { expect, it, vi } from "vitest";
import { RawSocket, type Json } from "./raw-socket.ts";

/** How a caller speaks and hears in one protocol, in literal frames. */
interface Way {
  readonly path: string;
  readonly opens: Json;
  readonly isOpen: (frame: Json) => boolean;
  readonly says: (audio: string) => Json;
  /** The audio of a frame, where it has some. */
  readonly hears: (frame: Json) => unknown;
}

const delta =
  (type: string) =>
  (frame: Json): unknown =>
    frame["type"] === type ? frame["delta"] : undefined;
const append = (audio: string): Json => ({ type: "input_audio_buffer.append", audio });
const isUpdated = (frame: Json): boolean => frame["type"] === "session.updated";

const OPENAI: Way = {
  path: "/v1/realtime?model=gpt-realtime",
  opens: { type: "session.update", session: { type: "realtime" } },
  isOpen: isUpdated,
  says: append,
  hears: delta("response.output_audio.delta"),
};
const VOICE_LIVE: Way = {
  path: "/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime",
  opens: { type: "session.update", session: {} },
  isOpen: isUpdated,
  says: append,
  hears: delta("response.audio.delta"),
};
const DASHSCOPE: Way = { ...VOICE_LIVE, path: "/api-ws/v1/realtime?model=qwen3.5-omni-plus-realtime" };
const GEMINI: Way = {
  path: "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
  opens: { setup: { model: "models/m" } },
  isOpen: (frame) => "setupComplete" in frame,
  says: (data) => ({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data } } }),
  hears: (frame) => {
    const { modelTurn } = (frame["serverContent"] ?? {}) as { modelTurn?: { parts: { inlineData?: { data: string } }[] } };
    return modelTurn?.parts[0]?.inlineData?.data;
  },
};

interface Service {
  readonly protocol: () => GatewayProtocol;
  readonly connect: (baseUrl: string) => IRealtimeClient;
}
const OPENAI_SERVICE: Service = {
  protocol: openaiProtocol,
  connect: (baseUrl) => new OpenAIRealtimeClient({ apiKey: "k", baseUrl }),
};
const GEMINI_SERVICE: Service = {
  protocol: geminiProtocol,
  connect: (baseUrl) => new GeminiRealtimeClient({ apiKey: "k", baseUrl }),
};

function answer(session: ScriptedSession, pieces: readonly string[]): void {
  const response = { responseId: "r1" };
  session.say(new RealtimeServerResponseCreatedMessage("ResponseCreated", response) as RealtimeServerMessage);
  for (const piece of pieces) {
    const audio = AudioChunk.fromBase64(piece, PCM16_24K);
    session.say(
      new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...response, itemId: "i1", audio }) as RealtimeServerMessage,
    );
  }
  session.say(
    new RealtimeServerResponseCreatedMessage("ResponseDone", { ...response, status: "completed" }) as RealtimeServerMessage,
  );
}

/** A caller → a gateway → three middlewares → a provider's client → a gateway in that provider's protocol → a script. */
async function passThrough(way: Way, service: Service): Promise<{ said: string[]; heard: unknown[]; decoded: number }> {
  const script = new ScriptedClient({ capabilities: { inputFormats: [PCM16_24K, PCM16_16K] } });
  await using emulator = new RealtimeGateway({ client: script, protocols: [service.protocol()] });
  await using provider = service.connect(`http://127.0.0.1:${(await emulator.listen()).port}`);
  const client = new RealtimeClientBuilder(provider)
    .use(functionInvocation({ tools: [] }))
    .use(openTelemetry())
    .use(logging({ logger: pino({ level: "silent" }) }))
    .build();
  await using gateway = new RealtimeGateway({ client });
  await using raw = await RawSocket.open((await gateway.listen()).url + way.path);
  raw.send(way.opens);
  await raw.find("the opening", way.isOpen);
  const decodes = vi.spyOn(AudioChunk.prototype, "bytes", "get");
  try {
    const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(960, index).toString("base64"));
    for (const piece of pieces) raw.send(way.says(piece));
    await expect.poll(() => script.session.sentOf("InputAudioBufferAppend").length).toBe(50);
    answer(script.session, pieces);
    await expect.poll(() => raw.frames.filter((frame) => way.hears(frame) !== undefined).length).toBe(50);
    return {
      said: script.session.sentOf("InputAudioBufferAppend").map(({ audio }) => audio.base64),
      heard: raw.frames.map(way.hears).filter((audio) => audio !== undefined),
      decoded: decodes.mock.calls.length,
    };
  } finally {
    decodes.mockRestore();
  }
}

it.each<[string, Way, Service]>([
  ["OpenAI → OpenAI", OPENAI, OPENAI_SERVICE],
  ["Voice Live → OpenAI", VOICE_LIVE, OPENAI_SERVICE],
  ["Gemini → Gemini", GEMINI, GEMINI_SERVICE],
])("%s: audio of one format passes as the text it came as, and is never decoded", async (_name, way, service) => {
  const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(960, index).toString("base64"));
  const { said, heard, decoded } = await passThrough(way, service);
  expect(said).toEqual(pieces);
  expect(heard).toEqual(pieces);
  expect(decoded).toBe(0);
});

it("DashScope → OpenAI: audio of another rate has to be decoded, and is", async () => {
  expect((await passThrough(DASHSCOPE, OPENAI_SERVICE)).decoded).toBeGreaterThanOrEqual(50);
});
