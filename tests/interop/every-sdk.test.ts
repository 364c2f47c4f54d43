import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RELATIVES, SDKS, type Family } from "./families/index.ts";
import type { Caller } from "./families/caller.ts";
import { JPEG_64_BY_48 } from "./families/picture.ts";
import { CallerVoice } from "./families/speech.ts";
import { ServeProcess } from "./serve-process.ts";
import { listenTo } from "./speech.ts";

/** How an SDK reports the end: Gemini's was closed by its own mistake before, Voice Live's calls every end 1006 that it did not ask for. */
const CODES: Readonly<Record<string, number>> = { "@google/genai": 1007, "@azure/ai-voicelive": 1006 };

/** What is said of a truncation of an item that nobody knows: of the item, or that there is no such event (DashScope). */
const BLUNDERS = /nobody|conversation\.item\.truncate/;

/** Every SDK, as it is published, against `voxline serve` over a plain socket: what each voice application does. */
describe.each([...SDKS, ...RELATIVES])("$name", (family: Family) => {
  let server: ServeProcess;
  let voice: CallerVoice;
  let caller: Caller;

  beforeAll(async () => {
    voice = new CallerVoice();
    server = await ServeProcess.start();
    const tool = ({ city }: { city: string }): unknown => ({ city, temperature: 17, sky: "clear" });
    caller = await family.connect({ baseUrl: `http://${server.url.host}`, tool });
  }, 30_000);

  afterAll(async () => {
    // The server first: it must not outlive a caller that never came to be.
    await server[Symbol.asyncDispose]();
    await voice[Symbol.asyncDispose]();
    await caller[Symbol.asyncDispose]();
  }, 30_000);

  it("holds a turn in writing, answered aloud", async () => {
    const { text, audio, status } = await caller.ask("Hello!");
    expect(status).toBe("completed");
    expect(text).toBe("Hello. How can I help you?");
    const heard = listenTo([audio]);
    expect(heard.seconds).toBeGreaterThan(0.5);
    expect(heard.smoothness).toBeGreaterThan(0.8);
  });

  it("holds a spoken turn, in which the model calls a tool", async () => {
    const before = caller.calls.length;
    const { text, audio, status } = await caller.say(await voice.say("what is the weather in Madrid", caller.inputRate));
    expect(status).toBe("completed");
    expect(caller.calls.slice(before)).toEqual([{ name: "get_weather", arguments: { city: "Madrid" } }]);
    expect(text).toMatch(/Madrid.*17/);
    expect(listenTo([audio]).seconds).toBeGreaterThan(1);
    expect(caller.heard.map((said) => said.toLowerCase())).toEqual(["what is the weather in madrid"]);
  });

  it("makes a call in writing too", async () => {
    const before = caller.calls.length;
    const { text } = await caller.ask("What is the weather in Tokyo?");
    expect(caller.calls.slice(before)).toEqual([{ name: "get_weather", arguments: { city: "Tokyo" } }]);
    expect(text).toMatch(/Tokyo.*17/);
  });

  it("is interrupted", async () => {
    const whole = await caller.ask("Tell me a story");
    const { audio, status } = await caller.interrupt("Tell me a story");
    expect(status).toBe("cancelled");
    expect(audio.length).toBeLessThan(whole.audio.length);
    expect(audio.length).toBeGreaterThan(0);
  });

  it("shows a picture", async () => {
    const { text } = await caller.show(JPEG_64_BY_48, "Hello!");
    if (family.name === "@azure/ai-voicelive") {
      // Version 1.1.0 writes a picture's part without its address, whatever it is given.
      expect(caller.errors).toEqual(["Missing required parameter: 'item.content[1].image_url'."]);
      return;
    }
    expect(text).toMatch(/^I see a picture of 64 by 48\./);
  });

  it("tells what was wrong, or closes where the service has no other way to say it", async () => {
    caller.blunder();
    if (family.name === "@google/genai") {
      expect(await caller.closed).toMatchObject({ code: 1007, reason: expect.stringContaining("activity") as string });
      return;
    }
    await expect.poll(() => caller.errors.at(-1)).toMatch(BLUNDERS);
    expect((await caller.ask("Hello!")).status).toBe("completed");
  });

  it("is told when the server closes", async () => {
    await server.stop();
    expect((await caller.closed).code).toBe(CODES[family.name] ?? 1001);
  });
});
