import { describe, expect, it } from "vitest";
import { collectResponse, interrupt, respond, sendAudio, sendImage, sendText } from "./actions.ts";
import { AudioChunk, PCM16_24K } from "./audio/audio-chunk.ts";
import { PlaybackQueue } from "./audio/playback-queue.ts";
import {
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  type ResponseDone,
} from "./messages/server-messages.ts";
import { ScriptedSession } from "./testing/scripted-session.ts";

const done = (): ResponseDone =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r1", status: "completed" });
const playing = (): PlaybackQueue => {
  const playback = new PlaybackQueue({ sampleRate: 24_000 });
  playback.enqueue({ itemId: "item_1", contentIndex: 0, samples: new Int16Array(24_000) });
  return playback;
};

describe("sending", () => {
  it("says a text and asks for an answer, or only says it", () => {
    const session = new ScriptedSession();
    sendText(session, "hello");
    sendText(session, "listen", { respond: false });
    expect(session.sent).toMatchObject([
      { type: "ConversationItemCreate", item: { role: "user", contents: [{ type: "text", text: "hello" }] } },
      { type: "ResponseCreate" },
      { type: "ConversationItemCreate", item: { role: "user", contents: [{ type: "text", text: "listen" }] } },
    ]);
  });

  it("shows a picture, with words beside it", () => {
    const session = new ScriptedSession();
    sendImage(session, "data:image/png;base64,AAAA", { text: "what is this" });
    expect(session.sent).toMatchObject([
      {
        item: {
          role: "user",
          contents: [
            { type: "text", text: "what is this" },
            { type: "image", url: "data:image/png;base64,AAAA" },
          ],
        },
      },
      { type: "ResponseCreate" },
    ]);
  });

  it("sends audio in pieces of 20 ms, to the last sample, and waits for the wire", async () => {
    const session = new ScriptedSession();
    await sendAudio(session, new Int16Array(1_000), 24_000);
    const sizes = session.sentOf("InputAudioBufferAppend").map((message) => message.audio.samples.length);
    expect(sizes).toEqual([480, 480, 40]);
  });

  it("asks for one response as it is told", () => {
    const session = new ScriptedSession();
    respond(session, { instructions: "Say hello.", excludeFromConversation: true });
    expect(session.sent).toMatchObject([{ type: "ResponseCreate", instructions: "Say hello.", excludeFromConversation: true }]);
  });
});

describe("[rows 200, 201] interrupting", () => {
  it("empties the playback and tells the model what was heard, in whole milliseconds", () => {
    const session = new ScriptedSession();
    const playback = playing();
    for (let frame = 0; frame < 7; frame++) playback.pull();
    expect(interrupt(session, playback)).toEqual({ itemId: "item_1", contentIndex: 0, playedMs: 140 });
    expect(session.sentOf("ConversationItemTruncate")).toMatchObject([{ itemId: "item_1", contentIndex: 0, audioEndMs: 140 }]);
    expect(playback.isPlaying).toBe(false);
  });

  it("cancels the answer where the provider does not stop by itself, or where it is told to", () => {
    const session = new ScriptedSession();
    session.capabilities = { ...session.capabilities, interruptsItself: false };
    interrupt(session, playing());
    expect(session.sent.map((message) => message.type)).toEqual(["ResponseCancel"]);
    session.capabilities = { ...session.capabilities, interruptsItself: true };
    interrupt(session, playing());
    interrupt(session, playing(), { cancel: true });
    expect(session.sentOf("ResponseCancel").length).toBe(2);
  });

  it("never truncates at zero, nor where the provider cannot", () => {
    const session = new ScriptedSession();
    interrupt(session, playing());
    session.capabilities = { ...session.capabilities, truncate: false };
    const playback = playing();
    playback.pull();
    interrupt(session, playback);
    expect(session.sentOf("ConversationItemTruncate")).toEqual([]);
    expect(interrupt(session, new PlaybackQueue({ sampleRate: 24_000 }))).toBeUndefined();
  });
});

describe("collecting a response", () => {
  it("gives its text, its audio and everything on the way, and leaves the rest to the next reader", async () => {
    const session = new ScriptedSession();
    const audio = AudioChunk.fromBytes(new Uint8Array(960), PCM16_24K);
    const ids = { responseId: "r1", itemId: "i1" };
    session.say(
      new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", { ...ids, text: "Good " }),
      new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...ids, audio }),
      new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", { ...ids, text: "day." }),
      done(),
      new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...ids, text: "later" }),
      done(),
    );
    const first = await collectResponse(session);
    expect([first.text, first.audio.length, first.messages.length, first.done.status]).toEqual(["Good day.", 1, 4, "completed"]);
    expect((await collectResponse(session)).text).toBe("later");
  });

  it("rejects when the session ends first, and when its signal fires, leaving the session readable", async () => {
    const session = new ScriptedSession();
    const abort = new AbortController();
    const waiting = collectResponse(session, { signal: abort.signal });
    abort.abort(new TypeError("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const again = collectResponse(session);
    session.finish();
    await expect(again).rejects.toMatchObject({ code: "lifecycle.closed" });
  });
});
