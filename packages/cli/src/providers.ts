import { RealtimeUsageError, type IRealtimeClient } from "@voxline/core";
import { LocalRealtimeClient } from "@voxline/local";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";

export const PROVIDERS = ["local", "openai"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** @throws {RealtimeUsageError} config.invalid for a name that is none. */
export function providerName(name: string): ProviderName {
  const found = PROVIDERS.find((known) => known === name);
  if (found !== undefined) return found;
  throw new RealtimeUsageError("config.invalid", `There is no provider "${name}"; use one of ${PROVIDERS.join(", ")}.`);
}

/** The client of a provider, from the environment's keys; the local model has learnt its phrases. */
export async function createProvider(name: ProviderName): Promise<IRealtimeClient> {
  if (name === "openai") return new OpenAIRealtimeClient();
  const client = new LocalRealtimeClient();
  await client.ready();
  return client;
}
