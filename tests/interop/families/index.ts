import { AgentsFamilyCaller } from "./agents-family.ts";
import type { Caller, CallerInit } from "./caller.ts";
import { GeminiFamilyCaller } from "./gemini-family.ts";
import { OpenAIFamilyCaller } from "./openai-family.ts";
import { VoiceLiveFamilyCaller } from "./voice-live-family.ts";

export interface Family {
  readonly name: string;
  readonly connect: (init: CallerInit) => Promise<Caller>;
}

/** The four SDKs, each at home on its own service's path. */
export const SDKS: readonly Family[] = [
  { name: "openai", connect: (init) => OpenAIFamilyCaller.connect("ga", init) },
  { name: "@openai/agents-realtime", connect: (init) => AgentsFamilyCaller.connect(init) },
  { name: "@azure/ai-voicelive", connect: (init) => VoiceLiveFamilyCaller.connect(init) },
  { name: "@google/genai", connect: (init) => GeminiFamilyCaller.connect(init) },
];

/** The openai package on the paths of other services that speak its events; DashScope has no SDK of its own for JavaScript. */
export const RELATIVES: readonly Family[] = [
  { name: "openai .azure()", connect: (init) => OpenAIFamilyCaller.connect("azure", init) },
  { name: "openai beta .azure()", connect: (init) => OpenAIFamilyCaller.connect("azure-preview", init) },
  { name: "openai beta on DashScope's path", connect: (init) => OpenAIFamilyCaller.connect("dashscope", init) },
];
