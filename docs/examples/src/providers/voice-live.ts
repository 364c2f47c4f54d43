import type { RealtimeSessionOptions } from "@voxline/core";
import { VoiceLiveRealtimeClient, azureSemanticVad, voiceLiveOptions, type TokenCredential } from "@voxline/providers/voice-live";

const endpoint = "https://my-resource.services.ai.azure.com";

/** A session with a model, by key. */
export const voiceLive = (apiKey: string): VoiceLiveRealtimeClient =>
  new VoiceLiveRealtimeClient({ endpoint, apiKey, model: "gpt-4.1" });

/** A session with an agent of Microsoft Foundry, by Entra: `new DefaultAzureCredential()` of `@azure/identity` fits. */
export const voiceLiveAgent = (credential: TokenCredential): VoiceLiveRealtimeClient =>
  new VoiceLiveRealtimeClient({ endpoint, credential, agent: { agentName: "concierge", projectName: "hotel" } });

export const voiceLiveSession: RealtimeSessionOptions = {
  turnDetection: azureSemanticVad({ removeFillerWords: true, autoTruncate: true, endOfUtteranceDetection: { timeoutMs: 800 } }),
  transcription: { keywords: ["Voxline"] },
  rawOptions: voiceLiveOptions({
    voice: { type: "azure-standard", name: "en-US-Ava:DragonHDLatestNeural", temperature: 0.8 },
    noiseSuppression: "azure_deep_noise_suppression",
    echoCancellation: {},
    timestamps: ["word"],
    interimResponse: { type: "static", texts: ["One moment."], triggers: ["tool"] },
  }),
};
