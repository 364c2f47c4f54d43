import { AzureOpenAIRealtimeClient, type TokenCredential } from "@voxline/providers/azure-openai";

const endpoint = "https://my-resource.openai.azure.com";

/** The GA path, by key; `deployment` is the name you gave it, not the model's. */
export const azureOpenAI = (apiKey: string): AzureOpenAIRealtimeClient =>
  new AzureOpenAIRealtimeClient({ endpoint, deployment: "my-realtime", apiKey });

/** The preview path, by Entra: `new DefaultAzureCredential()` of `@azure/identity` fits. */
export const azureOpenAIPreview = (credential: TokenCredential): AzureOpenAIRealtimeClient =>
  new AzureOpenAIRealtimeClient({ endpoint, deployment: "my-realtime", apiVersion: "2025-04-01-preview", credential });
