import { expect, it } from "vitest";
import { generate } from "selfsigned";
import { collectResponse, sendText } from "@voxline/core";
import { openWebSocket } from "@voxline/core/transport";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";

it("a gateway with a certificate speaks wss, and only to those who trust it", async () => {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048 });
  await using gateway = new RealtimeGateway({ client: new LocalRealtimeClient(), tls: { key, cert }, apiKeys: ["sk-tls-1"] });
  const { url, port } = await gateway.listen();
  expect(url).toBe(`wss://127.0.0.1:${port}`);
  const base = { apiKey: "sk-tls-1", baseUrl: `https://localhost:${port}/v1` };
  const trusting = openWebSocket({ clientOptions: { ca: cert } });
  const client = new OpenAIRealtimeClient({ ...base, openTransport: trusting });
  await using session = await client.createSession({ outputModalities: ["text"] });
  const answer = collectResponse(session);
  sendText(session, "What is the weather in Oslo?");
  expect((await answer).done.status).toBe("completed");
  await expect(new OpenAIRealtimeClient(base).createSession()).rejects.toMatchObject({ code: "connect.tls" });
  const wrong = new OpenAIRealtimeClient({ ...base, apiKey: "sk-wrong", openTransport: trusting });
  await expect(wrong.createSession()).rejects.toMatchObject({ code: "auth.rejected" });
});
