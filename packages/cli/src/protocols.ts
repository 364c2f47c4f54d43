import type { IRealtimeClient } from "@voxline/core";
import {
  azureOpenaiProtocol,
  dashScopeProtocol,
  geminiProtocol,
  openaiProtocol,
  voiceLiveProtocol,
  type GatewayProtocol,
} from "@voxline/gateway/server";
import type { ProviderName } from "./providers.ts";

/** All protocols; what only one service has a word for goes on to the provider where it is that service. */
export function protocolsFor(
  provider: ProviderName,
  { metadata }: Pick<IRealtimeClient, "metadata">,
): readonly GatewayProtocol[] {
  const forwards = (name: ProviderName): { readonly forwardsRawOptions: boolean } => ({ forwardsRawOptions: provider === name });
  const azurePath = metadata.endpoint?.pathname.endsWith("/openai/realtime") === true ? "preview" : "ga";
  return [
    openaiProtocol(forwards("openai")),
    azureOpenaiProtocol({ forwardsRawOptions: provider === "azure-openai" ? azurePath : undefined }),
    voiceLiveProtocol(forwards("voice-live")),
    geminiProtocol(forwards("gemini")),
    dashScopeProtocol(forwards("dashscope")),
  ];
}
