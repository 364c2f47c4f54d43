import type { IRealtimeClient } from "@voxline/core";
import {
  azureOpenaiProtocol,
  dashScopeProtocol,
  geminiProtocol,
  openaiProtocol,
  voiceLiveProtocol,
  type GatewayProtocol,
} from "@voxline/gateway/server";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";
import { expect } from "vitest";
import type { LoggedFrame } from "./emulator.ts";

export interface Provider {
  readonly name: string;
  /** What sessions run on, whatever model the application names: its SDK knows only its own service's. */
  readonly model: string;
  /** What the emulator of this provider speaks, and nothing else. */
  readonly protocol: () => GatewayProtocol;
  /** The provider's client, pointed at the emulator. */
  readonly createClient: (baseUrl: string) => IRealtimeClient;
  /** Fails unless what passed the emulator's socket is this provider's own wire, typed here from its documentation. */
  readonly expectDialect: (frames: readonly LoggedFrame[]) => void;
}

type Json = Readonly<Record<string, unknown>>;

/** Events of one type that the client sent. */
function sent(frames: readonly LoggedFrame[], type: string): Json[] {
  return frames.filter((frame) => frame.from === "client" && frame.json["type"] === type).map(({ json }) => json);
}

/** Types of the service's events. */
function said(frames: readonly LoggedFrame[]): unknown[] {
  return [...new Set(frames.filter((frame) => frame.from === "service").map(({ json }) => json["type"]))];
}

/** Everything that stands at one name in the frames of one side. */
function under(frames: readonly LoggedFrame[], from: LoggedFrame["from"], name: string): unknown[] {
  return frames.filter((frame) => frame.from === from && name in frame.json).map(({ json }) => json[name]);
}

function paths(frames: readonly LoggedFrame[]): string[] {
  return [...new Set(frames.map(({ path }) => path))];
}

const text = (type: string, words: string): Json => ({ role: "user", content: [{ type, text: words }] });
const flatTool = { type: "function", name: "get_weather" };

export const PROVIDERS: readonly Provider[] = [
  {
    name: "openai",
    model: "gpt-realtime",
    protocol: openaiProtocol,
    createClient: (baseUrl) => new OpenAIRealtimeClient({ apiKey: "sk-test", baseUrl: `${baseUrl}/v1` }),
    expectDialect: (frames) => {
      expect(paths(frames)).toEqual(["/v1/realtime"]);
      expect(sent(frames, "session.update")[0]).toMatchObject({ session: { type: "realtime", audio: {}, tools: [flatTool] } });
      expect(sent(frames, "conversation.item.create")[0]).toMatchObject({ item: text("input_text", "Hello!") });
      expect(said(frames)).toEqual(expect.arrayContaining(["response.output_audio.delta", "conversation.item.added"]));
    },
  },
  {
    name: "azure-openai",
    model: "my-realtime",
    protocol: azureOpenaiProtocol,
    createClient: (endpoint) => new AzureOpenAIRealtimeClient({ apiKey: "key", endpoint }),
    expectDialect: (frames) => {
      expect(paths(frames)).toEqual(["/openai/v1/realtime"]);
      expect(sent(frames, "session.update")[0]).toMatchObject({ session: { type: "realtime", audio: {}, tools: [flatTool] } });
      expect(said(frames)).toEqual(expect.arrayContaining(["response.output_audio.delta", "conversation.item.added"]));
    },
  },
  {
    name: "azure-openai preview",
    model: "my-realtime",
    protocol: azureOpenaiProtocol,
    createClient: (endpoint) => {
      const apiVersion = "2025-04-01-preview";
      return new AzureOpenAIRealtimeClient({ apiKey: "key", endpoint, apiVersion });
    },
    expectDialect: (frames) => {
      expect(paths(frames)).toEqual(["/openai/realtime"]);
      const [update] = sent(frames, "session.update");
      expect(update).toMatchObject({ session: { modalities: expect.any(Array) as unknown, tools: [flatTool] } });
      expect(update?.["session"]).not.toHaveProperty("type");
      expect(said(frames)).toEqual(expect.arrayContaining(["response.audio.delta", "conversation.item.created"]));
    },
  },
  {
    name: "voice-live",
    model: "gpt-realtime",
    protocol: voiceLiveProtocol,
    createClient: (endpoint) => new VoiceLiveRealtimeClient({ apiKey: "key", endpoint }),
    expectDialect: (frames) => {
      expect(paths(frames)).toEqual(["/voice-live/realtime"]);
      const [update] = sent(frames, "session.update");
      expect(update).toMatchObject({ session: { voice: expect.anything() as unknown, tools: [flatTool] } });
      expect(update?.["session"]).not.toHaveProperty("type");
      expect(said(frames)).toEqual(expect.arrayContaining(["response.audio.delta", "conversation.item.created"]));
    },
  },
  {
    name: "gemini",
    model: "gemini-2.5-flash-native-audio-preview-12-2025",
    protocol: geminiProtocol,
    createClient: (baseUrl) => new GeminiRealtimeClient({ apiKey: "key", baseUrl }),
    expectDialect: (frames) => {
      expect(paths(frames)[0]).toMatch(/^\/ws\/google\.ai\.generativelanguage\.v1\w+\.GenerativeService\.BidiGenerateContent$/);
      const setup = { tools: [{ functionDeclarations: [{ name: "get_weather" }] }] };
      expect(under(frames, "client", "setup")).toMatchObject([setup]);
      expect(under(frames, "client", "realtimeInput")).toContainEqual({
        audio: { mimeType: expect.stringMatching(/^audio\/pcm;rate=\d+$/) as string, data: expect.any(String) as string },
      });
      expect(under(frames, "client", "toolResponse")).toHaveLength(1);
      expect(under(frames, "service", "setupComplete")).toHaveLength(1);
      expect(under(frames, "service", "toolCall")).toHaveLength(1);
      expect(under(frames, "service", "serverContent").length).toBeGreaterThan(5);
      expect(said(frames)).toEqual([undefined]);
    },
  },
  {
    name: "dashscope",
    model: "qwen3.5-omni-plus-realtime",
    protocol: dashScopeProtocol,
    createClient: (baseUrl) => new DashScopeRealtimeClient({ apiKey: "key", baseUrl }),
    expectDialect: (frames) => {
      expect(paths(frames)).toEqual(["/api-ws/v1/realtime"]);
      const tools = [{ type: "function", function: { name: "get_weather" } }];
      expect(sent(frames, "session.update")[0]).toMatchObject({ session: { modalities: ["text", "audio"], tools } });
      expect(said(frames)).toEqual(expect.arrayContaining(["response.audio.delta", "conversation.item.created"]));
      expect(said(frames)).not.toContain("rate_limits.updated");
    },
  },
];
