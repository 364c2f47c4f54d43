import { describe, expect, test } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputImageBufferAppendMessage,
  sendText,
  type RealtimeClientMessage,
} from "@voxline/core";
import { defineTool } from "@voxline/core/tools";
import { openSession, settle, types, type Opened } from "./fake-service.kit.ts";
import { geminiOptions } from "./index.ts";

const result = (callId: string, value: unknown): RealtimeClientMessage =>
  new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId, result: value }] });

const OSLO = { id: "fc-1", name: "get_weather", args: { city: "Oslo" } };
const PARIS = { id: "fc-2", name: "get_weather", args: { city: "São Paulo" } };

describe("input while the model waits for a tool", () => {
  const audio = (ms: number): RealtimeClientMessage =>
    new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(ms * 32), PCM16_16K));
  const waiting = async (): Promise<Opened> => {
    const opened = await openSession();
    opened.service.calls(OSLO);
    await opened.take();
    return opened;
  };

  test("is held, in order, until the answer is written", async () => {
    const { service, session } = await waiting();
    session.send(audio(20));
    sendText(session, "and tomorrow?");
    session.send(audio(20));
    await settle();
    expect(service.said).toEqual([]);
    session.send(result("fc-1", "4"));
    await settle();
    expect(service.said.map((frame) => Object.keys(frame.toolResponse ?? frame.realtimeInput ?? {})[0])).toEqual([
      "functionResponses",
      "audio",
      "text",
      "audio",
    ]);
  });

  test("does not take the end of the calling turn for its answer", async () => {
    const { service, session, take } = await waiting();
    sendText(session, "and tomorrow?");
    await take();
    service.done();
    expect(await take()).toEqual([]);
    session.send(result("fc-1", "4"));
    await settle();
    expect(service.said.length).toBe(2);
  });

  test("is let go by a cancellation too, and counts as undelivered until then", async () => {
    const first = await waiting();
    first.session.send(audio(20));
    first.service.send({ toolCallCancellation: { ids: ["fc-1"] } });
    await first.take();
    expect(first.service.said.length).toBe(1);
    const second = await waiting();
    second.session.send(audio(20));
    expect((await second.session.close()).undelivered).toBe(1);
  });

  test("is kept up to 5 s of audio and two pictures, the newest; what was dropped is told", async () => {
    const { service, session, take } = await waiting();
    for (let second = 0; second < 7; second++) session.send(audio(1_000));
    for (const name of ["AAA1", "AAA2", "AAA3"])
      session.send(new RealtimeClientInputImageBufferAppendMessage(name, "image/jpeg"));
    session.send(result("fc-1", "4"));
    const messages = await take();
    expect(service.said.filter((frame) => frame.realtimeInput?.audio !== undefined).length).toBe(5);
    expect(service.said.flatMap((frame) => frame.realtimeInput?.video?.data ?? [])).toEqual(["AAA2", "AAA3"]);
    expect(messages.find(({ type }) => type === "Warning")).toMatchObject({
      code: "input.dropped",
      message: "While the model waited for a tool, 2000 ms of audio and 1 pictures grew old and were dropped.",
    });
  });

  test("that is no audio is never dropped, and refused where there is too much", async () => {
    const { session } = await waiting();
    for (let n = 0; n < 256; n++) sendText(session, `n${n}`);
    expect(() => sendText(session, "one more")).toThrow(expect.objectContaining({ code: "backpressure.overflow" }));
  });

  test("is not held for tools the model does not wait for, each of which is answered alone, in a response that goes on", async () => {
    const tools = [defineTool({ name: "get_weather", parameters: { type: "object" } })];
    const opened = await openSession({ tools, rawOptions: geminiOptions({ nonBlockingTools: ["get_weather"] }) });
    const { service, session, take } = opened;
    expect(service.received[0]?.setup?.tools).toEqual([
      {
        functionDeclarations: [{ name: "get_weather", behavior: "NON_BLOCKING", parametersJsonSchema: { type: "object" } }],
      },
    ]);
    service.calls(OSLO, PARIS);
    service.text("Meanwhile");
    expect(types(await take())).not.toContain("ResponseDone");
    session.send(audio(20));
    session.send(result("fc-2", "24"));
    service.done();
    expect(types(await take())).toContain("ResponseDone");
    expect(service.said.map((frame) => Object.keys(frame)[0])).toEqual(["realtimeInput", "toolResponse"]);
    expect(service.said[1]?.toolResponse?.functionResponses?.map(({ id }) => id)).toEqual(["fc-2"]);
  });
});
