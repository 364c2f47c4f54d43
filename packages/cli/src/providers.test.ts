import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PROVIDERS, type Provider, type ProviderName } from "./providers.ts";
import { serve } from "./serve-command.ts";

/** All that the environment could say of a provider. */
const VARIABLES = [
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "AZURE_OPENAI_ENDPOINT",
  "AZURE_OPENAI_BASE_URL",
  "AZURE_OPENAI_API_KEY",
  "AZURE_OPENAI_AD_TOKEN",
  "AZURE_OPENAI_API_VERSION",
  "AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME",
  "AZURE_VOICELIVE_ENDPOINT",
  "AZURE_VOICE_LIVE_ENDPOINT",
  "AZURE_VOICELIVE_API_KEY",
  "AZURE_VOICE_LIVE_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_API_KEY",
  "DASHSCOPE_API_KEY",
];

beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
});
afterEach(() => void vi.unstubAllEnvs());

test.each<[ProviderName, string, string, Readonly<Record<string, string>>]>([
  ["openai", "config.missing_credential", "OPENAI_API_KEY", {}],
  ["azure-openai", "config.invalid", "AZURE_OPENAI_ENDPOINT", {}],
  [
    "azure-openai",
    "config.missing_credential",
    "AZURE_OPENAI_API_KEY",
    { AZURE_OPENAI_ENDPOINT: "https://resource.openai.azure.com" },
  ],
  ["voice-live", "config.invalid", "AZURE_VOICELIVE_ENDPOINT", {}],
  [
    "voice-live",
    "config.missing_credential",
    "AZURE_VOICELIVE_API_KEY",
    { AZURE_VOICELIVE_ENDPOINT: "https://resource.services.ai.azure.com" },
  ],
  ["gemini", "config.missing_credential", "GEMINI_API_KEY", {}],
  ["dashscope", "config.missing_credential", "DASHSCOPE_API_KEY", {}],
])("%s without what it needs: %s, naming %s", (name, code, variable, environment) => {
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value);
  const provider: Provider = PROVIDERS[name];
  expect(() => provider.connect(undefined, undefined)).toThrow(
    expect.objectContaining({
      code,
      message: expect.stringMatching(new RegExp(`^[^\\n]*${variable}[^\\n]*$`)) as string,
    }) as Error,
  );
});

test("voxline serve does not start without the provider's key", async () => {
  await expect(serve(["--provider", "gemini", "--port", "0"])).rejects.toMatchObject({
    code: "config.missing_credential",
    message: expect.stringContaining("GEMINI_API_KEY") as string,
  });
});
