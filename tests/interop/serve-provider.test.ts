import { tmpdir } from "node:os";
import { voiceLiveProtocol } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Child, VOXLINE } from "../e2e/process.ts";
import { Emulator } from "./matrix/emulator.ts";
import { RawSocket, type Json } from "./raw-socket.ts";

// `voxline serve` in front of a provider that is not the local model: here Voice Live, whose service is an emulator.

let model: LocalRealtimeClient;
let service: Emulator;
let serve: Child;
let origin: string;

beforeAll(async () => {
  model = new LocalRealtimeClient({ speed: 50 });
  service = new Emulator(model, voiceLiveProtocol());
  const env = { AZURE_VOICELIVE_ENDPOINT: await service.listen(), AZURE_VOICELIVE_API_KEY: "k" };
  serve = new Child([VOXLINE, "serve", "--provider", "voice-live", "--port", "0"], { cwd: tmpdir(), env });
  const [, url = ""] = await serve.prints(/at (ws:\S+)/);
  origin = `ws://${new URL(url).host}`;
}, 30_000);

afterAll(async () => {
  serve.process.kill("SIGTERM");
  expect((await serve.finished).code).toBe(0);
  await service[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
}, 30_000);

/** The session objects that the service was sent since this was last asked. */
function sessions(): Json[] {
  const frames = service.frames.splice(0);
  return frames
    .filter(({ from, json }) => from === "client" && json["type"] === "session.update")
    .map(({ json }) => json["session"] as Json);
}

it("passes on what only this service has a word for, from clients of the same service", async () => {
  await using raw = await RawSocket.open(`${origin}/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime`);
  const own = {
    voice: { type: "azure-standard", name: "en-US-AvaNeural", style: "cheerful" },
    turn_detection: { type: "azure_semantic_vad", remove_filler_words: true },
    input_audio_echo_cancellation: { type: "server_echo_cancellation" },
  };
  raw.send({ type: "session.update", session: own });
  expect((await raw.event("session.updated"))["session"]).toMatchObject(own);
  expect(sessions()).toMatchObject([own]);
});

it("keeps to itself what clients of another service say to that one", async () => {
  await using raw = await RawSocket.open(`${origin}/v1/realtime?model=gpt-realtime`);
  raw.send({ type: "session.update", session: { type: "realtime", instructions: "Be brief.", tracing: "auto" } });
  expect((await raw.event("session.updated"))["session"]).toMatchObject({ instructions: "Be brief.", tracing: "auto" });
  const sent = sessions();
  expect(sent).toMatchObject([{ instructions: "Be brief." }]);
  expect(sent[0]).not.toHaveProperty("tracing");
});
