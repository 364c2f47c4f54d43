import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RELATIVES, SDKS } from "./families/index.ts";
import { RawSocket } from "./raw-socket.ts";
import { ServeProcess } from "./serve-process.ts";

let server: ServeProcess;

beforeAll(async () => {
  server = await ServeProcess.start("--tls");
}, 30_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
}, 30_000);

it("a client that trusts nobody but the known authorities is kept away", async () => {
  expect(server.url.protocol).toBe("wss:");
  await expect(RawSocket.open(server.url.href)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
});

/** Every SDK, as it is published, against `voxline serve --tls`, on each service's path. */
describe("over TLS", () => {
  // The SDKs have no option for it, and look at this at each connection.
  const TRUST = "NODE_TLS_REJECT_UNAUTHORIZED";
  const before = process.env[TRUST];

  beforeAll(() => {
    process.env[TRUST] = "0";
  });

  afterAll(() => {
    if (before === undefined) delete process.env[TRUST];
    else process.env[TRUST] = before;
  });

  it.each([...SDKS, ...RELATIVES])("$name holds a turn", async ({ connect }) => {
    const caller = await connect({ baseUrl: `https://${server.url.host}`, tool: () => ({}) });
    try {
      const { text, audio, status } = await caller.ask("Hello!");
      expect([text, status]).toEqual(["Hello. How can I help you?", "completed"]);
      // Half a second of 24 kHz PCM16.
      expect(audio.length).toBeGreaterThan(24_000);
      expect(caller.errors).toEqual([]);
    } finally {
      await caller[Symbol.asyncDispose]();
    }
  });

  it.each([
    "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
    "//ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained",
  ])("a plain socket is set up at %s", async (path) => {
    await using raw = await RawSocket.open(`wss://${server.url.host}${path}`);
    raw.send({ setup: { model: "publishers/google/models/gemini-live-2.5-flash-native-audio" } });
    await raw.find("setupComplete", (frame) => "setupComplete" in frame);
  });
});
