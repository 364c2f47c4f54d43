import { randomInt } from "node:crypto";
import type { IRealtimeClient } from "@voxline/core";
import { resample } from "@voxline/core/audio";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, Caller } from "./families/caller.ts";
import { SDKS } from "./families/index.ts";
import { CallerVoice } from "./families/speech.ts";
import { asSamples, Emulator } from "./matrix/emulator.ts";
import { envelopeCorrelation } from "./matrix/envelope.ts";
import { PROVIDERS, type Provider } from "./matrix/providers.ts";

const CITIES = ["Oslo", "Paris", "Berlin", "Madrid", "London", "Tokyo", "Cairo", "Toronto"];
/** 20 ms at 24 kHz. */
const FRAME = 480;

/** SDK → gateway → the provider's client → a service in that provider's dialect: nobody in the middle knows who is at the ends. */
describe.each([...PROVIDERS])("$name", (provider: Provider) => {
  let model: LocalRealtimeClient;
  let voice: CallerVoice;
  let emulator: Emulator;
  let client: IRealtimeClient;
  let gateway: RealtimeGateway;
  let baseUrl: string;

  beforeAll(async () => {
    voice = new CallerVoice();
    model = new LocalRealtimeClient({ speed: 50 });
    emulator = new Emulator(model, provider.protocol());
    client = provider.createClient(await emulator.listen());
    gateway = new RealtimeGateway({ client, options: { model: provider.model } });
    baseUrl = `http://127.0.0.1:${(await gateway.listen()).port}`;
    await model.ready();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
    await client[Symbol.asyncDispose]();
    await emulator[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    await voice[Symbol.asyncDispose]();
  }, 30_000);

  /** The audio that reached the application is what the model spoke, to within a frame. */
  function expectIntact({ audio }: Answer): void {
    const spoken = emulator.lastSpoken;
    const received = asSamples(audio);
    expect(spoken.length).toBeGreaterThan(FRAME);
    expect(Math.abs(received.length - spoken.length)).toBeLessThanOrEqual(FRAME);
    expect(envelopeCorrelation(received, spoken, 24_000)).toBeGreaterThanOrEqual(0.95);
  }

  it.each([...SDKS])("holds a whole conversation with an application on $name", async (sdk) => {
    const city = CITIES[randomInt(CITIES.length)] as string;
    const tool = (args: { city: string }): unknown => ({ city: args.city, temperature: 17, sky: "clear" });
    emulator.frames.length = 0;
    const caller: Caller = await sdk.connect({ baseUrl, tool });
    try {
      const typed = await caller.ask("Hello!");
      expect(typed).toMatchObject({ text: "Hello. How can I help you?", status: "completed" });
      expectIntact(typed);

      emulator.takeHeard();
      const question = await voice.say(`what is the weather in ${city}`, caller.inputRate);
      const answer = await caller.say(question);
      expect(caller.calls).toEqual([{ name: "get_weather", arguments: { city } }]);
      expect(answer.text, `the city was ${city}`).toContain(city);
      expect(answer.text).toContain("17");
      expectIntact(answer);

      const heard = emulator.takeHeard();
      const said = resample(question, caller.inputRate, 16_000);
      expect(Math.abs(heard.length - said.length)).toBeLessThanOrEqual(320);
      expect(envelopeCorrelation(heard, said, 16_000)).toBeGreaterThanOrEqual(0.95);
      provider.expectDialect(emulator.frames);
      expect(caller.errors).toEqual([]);
    } finally {
      await caller[Symbol.asyncDispose]();
    }
  });
});
