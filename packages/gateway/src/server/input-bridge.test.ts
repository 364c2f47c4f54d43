import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientInputTextAppendMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeServerConversationItemMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeUsageError,
  type RealtimeCapabilities,
  type RealtimeClientMessage,
  type RealtimeContent,
  type RealtimeServerMessage,
} from "@voxline/core";
import { ScriptedSession } from "@voxline/core/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputBridge } from "./input-bridge.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function bridge(capabilities: Partial<RealtimeCapabilities> = {}) {
  const sent: RealtimeClientMessage[] = [];
  const shown: RealtimeServerMessage[] = [];
  const errors: unknown[] = [];
  const host = {
    send: (message: RealtimeClientMessage): void => void sent.push(message),
    show: (message: RealtimeServerMessage) => void shown.push(message),
    tellError: (error: unknown) => void errors.push(error),
  };
  const input = new InputBridge(host, new ScriptedSession({ capabilities }));
  const say = (...messages: RealtimeClientMessage[]) => {
    for (const message of messages) input.forward(message);
    return sent;
  };
  return { input, host, say, sent, shown, errors };
}

const picture = (data: string, messageId?: string) =>
  new RealtimeClientInputImageBufferAppendMessage(data, "image/jpeg", { messageId });
const item = (...contents: RealtimeContent[]) =>
  new RealtimeClientConversationItemCreateMessage({ role: "user", contents }, { messageId: "m1" });
const shownPicture = (data: string) => ({
  type: "ConversationItemCreate",
  item: { role: "user", contents: [{ type: "image", url: `data:image/jpeg;base64,${data}` }] },
});
const respond = new RealtimeClientResponseCreateMessage();
const commit = new RealtimeClientInputAudioBufferCommitMessage();

test("a provider that can do everything is given everything as it came", () => {
  const { say, shown } = bridge();
  const messages = [
    new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(960), PCM16_24K)),
    picture("AAAA"),
    new RealtimeClientInputTextAppendMessage("Hi"),
    new RealtimeClientInputActivityMessage("InputActivityStart"),
    new RealtimeClientInputActivityMessage("InputActivityEnd"),
    new RealtimeClientInputAudioBufferClearMessage(),
    new RealtimeClientConversationItemTruncateMessage("i", 0, 10),
    new RealtimeClientConversationItemRetrieveMessage("i"),
    new RealtimeClientConversationItemDeleteMessage("i"),
    item({ type: "image", url: "https://x.test/a.png" }),
    commit,
    respond,
  ];
  expect(say(...messages)).toEqual(messages);
  expect(shown).toEqual([]);
});

describe("pictures for a provider that takes them in items", () => {
  test("become items, at most one a second, of which the newest counts", () => {
    const { say, sent } = bridge({ imageInput: "item" });
    say(picture("AAA1"), picture("AAA2"), picture("AAA3"));
    expect(sent).toMatchObject([shownPicture("AAA1")]);
    vi.advanceTimersByTime(999);
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sent).toMatchObject([shownPicture("AAA1"), shownPicture("AAA3")]);
    vi.advanceTimersByTime(5_000);
    expect(sent).toHaveLength(2);
    say(picture("AAA4"));
    expect(sent).toHaveLength(3);
  });

  test("stand before the turn they were sent in", () => {
    const { say } = bridge({ imageInput: "item" });
    expect(
      say(picture("AAA1"), picture("AAA2"), commit, picture("AAA3"), item({ type: "text", text: "Hm" }), respond),
    ).toMatchObject([
      shownPicture("AAA1"),
      shownPicture("AAA2"),
      { type: "InputAudioBufferCommit" },
      shownPicture("AAA3"),
      { type: "ConversationItemCreate", item: { contents: [{ type: "text" }] } },
      { type: "ResponseCreate" },
    ]);
  });

  test("that are refused do not hold back what they were sent before", () => {
    const { host, say, errors } = bridge({ imageInput: "item" });
    const sent: string[] = [];
    const refused = new RealtimeUsageError("unsupported.message", "Too large.");
    host.send = (message) => {
      if (message.type === "ConversationItemCreate") throw refused;
      sent.push(message.type);
    };
    say(picture("AAA1"), picture("AAA2"), commit, respond);
    expect(sent).toEqual(["InputAudioBufferCommit", "ResponseCreate"]);
    expect(errors).toEqual([refused, refused]);
  });

  test("that can no more be sent are told of, and nothing is left when the session is over", () => {
    const { input, host, say, errors } = bridge({ imageInput: "item" });
    say(picture("AAA1"), picture("AAA2", "p2"));
    const gone = new RealtimeUsageError("lifecycle.closed", "gone");
    host.send = () => {
      throw gone;
    };
    vi.advanceTimersByTime(1_000);
    expect(errors).toEqual([gone]);
    input.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("pictures for a provider that takes them beside the audio", () => {
  test("are taken out of their items", () => {
    const { say } = bridge({ imageInput: "stream" });
    expect(say(item({ type: "text", text: "What is it?" }, { type: "image", url: "data:image/png;base64,AAAA" }))).toMatchObject([
      { type: "InputImageBufferAppend", data: "AAAA", mediaType: "image/png", messageId: "m1" },
      {
        type: "ConversationItemCreate",
        item: { role: "user", contents: [{ type: "text", text: "What is it?" }] },
        messageId: "m1",
      },
    ]);
  });

  test("leave an item that the provider never sees, and the client is told of", () => {
    const { say, shown } = bridge({ imageInput: "stream" });
    const url = "data:image/png;base64,AAAA";
    expect(say(item({ type: "image", url }))).toMatchObject([{ type: "InputImageBufferAppend" }]);
    expect(shown).toMatchObject([
      {
        type: "ConversationItemAdded",
        item: { id: expect.stringMatching(/^item_/) as string, contents: [{ type: "image", url }] },
      },
      { type: "ConversationItemDone", item: { status: "completed" } },
    ]);
  });

  test("must be data; nothing of such an item is sent", () => {
    const { say, sent } = bridge({ imageInput: "stream" });
    const both = item({ type: "image", url: "data:image/png;base64,AAAA" }, { type: "image", url: "https://x.test/a.png" });
    expect(() => say(both)).toThrow("takes pictures as data only");
    expect(sent).toEqual([]);
  });
});

test.each([
  ["a picture", picture("AAAA")],
  ["an item with a picture", item({ type: "image", url: "data:image/png;base64,AAAA" })],
])("%s is refused for a provider that does not see", (_what, message) => {
  expect(() => bridge({ imageInput: "none" }).say(message)).toThrow("The provider behind this gateway takes no pictures.");
});

describe("streamed text for a provider that takes whole items", () => {
  function deaf() {
    const setup = bridge();
    setup.host.send = (message) => {
      if (message.type === "InputTextAppend") throw new RealtimeUsageError("unsupported.message", "No.");
      setup.sent.push(message);
    };
    const { host } = setup;
    const input = new InputBridge(
      { send: (message) => host.send(message), show: host.show, tellError: host.tellError },
      new ScriptedSession(),
    );
    return {
      sent: setup.sent,
      say: (...messages: RealtimeClientMessage[]) => messages.forEach((message) => input.forward(message)),
    };
  }
  const text = (words: string) => new RealtimeClientInputTextAppendMessage(words);

  test("is one item before what ends its turn", () => {
    const { say, sent } = deaf();
    say(text("Hello, "), text("you."), respond, text("Bye."), commit);
    expect(sent).toMatchObject([
      { type: "ConversationItemCreate", item: { role: "user", contents: [{ type: "text", text: "Hello, you." }] } },
      { type: "ResponseCreate" },
      { type: "ConversationItemCreate", item: { contents: [{ text: "Bye." }] } },
      { type: "InputAudioBufferCommit" },
    ]);
  });

  test("is not kept without end", () => {
    const { say, sent } = deaf();
    say(text("x".repeat(64 * 1024)));
    expect(sent).toEqual([]);
    say(text("y"));
    expect(sent).toHaveLength(1);
  });
});

test("the user's activity is a commit for a provider that does not know of it", () => {
  const { say } = bridge({ inputActivity: false });
  const messages = say(
    new RealtimeClientInputActivityMessage("InputActivityStart"),
    new RealtimeClientInputActivityMessage("InputActivityEnd", { messageId: "end" }),
    respond,
  );
  expect(messages).toMatchObject([{ type: "InputAudioBufferCommit", messageId: "end" }, { type: "ResponseCreate" }]);
});

test("what the provider cannot do, and nobody needs it to, is acknowledged here", () => {
  const { say, sent, shown } = bridge({ truncate: false, clearInput: false });
  say(new RealtimeClientConversationItemTruncateMessage("i", 0, 1_200), new RealtimeClientInputAudioBufferClearMessage());
  expect(sent).toEqual([]);
  expect(shown).toMatchObject([
    { type: "ConversationItemTruncated", itemId: "i", contentIndex: 0, audioEndMs: 1_200 },
    { type: "InputAudioBufferCleared" },
  ]);
});

describe("items of a provider that does not show them", () => {
  const added = (id: string, ...contents: RealtimeContent[]) =>
    new RealtimeServerConversationItemMessage("ConversationItemAdded", {
      itemId: id,
      item: { id, role: "user", contents },
    }) as RealtimeServerMessage;
  const retrieve = (id: string) => new RealtimeClientConversationItemRetrieveMessage(id);

  test("are shown as they passed here, with their words and without their media", () => {
    const { input, say, shown } = bridge({ editItems: false });
    const audio = AudioChunk.fromBytes(new Uint8Array(960), PCM16_24K);
    input.observe(added("u1", { type: "audio", audio }, { type: "image", url: `data:image/png;base64,${"A".repeat(4_000)}` }));
    input.observe(
      new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", {
        itemId: "u1",
        text: "Hello",
      }) as RealtimeServerMessage,
    );
    say(retrieve("u1"));
    expect(shown).toMatchObject([{ type: "ConversationItemRetrieved", itemId: "u1" }]);
    const [retrieved] = shown;
    expect(retrieved?.type === "ConversationItemRetrieved" && retrieved.item?.contents).toEqual([
      { type: "audio", transcript: "Hello" },
    ]);
  });

  test("are cut only where they are known", () => {
    const { input, say, shown } = bridge({ editItems: false, truncate: false });
    const spoken = { id: "a1", role: "assistant", contents: [] } as const;
    input.observe(
      new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", {
        responseId: "r1",
        item: spoken,
      }) as RealtimeServerMessage,
    );
    say(new RealtimeClientConversationItemTruncateMessage("a1", 0, 100));
    expect(shown).toMatchObject([{ type: "ConversationItemTruncated", itemId: "a1", audioEndMs: 100 }]);
    expect(() => say(new RealtimeClientConversationItemTruncateMessage("nobody", 0, 100))).toThrow("the id nobody");
  });

  test("are the newest 256; any other is refused, and none is deleted", () => {
    const { input, say } = bridge({ editItems: false });
    for (let count = 0; count < 257; count++) input.observe(added(`u${count}`, { type: "text", text: "x" }));
    expect(() => say(retrieve("u0"))).toThrow("shows no items, and none with the id u0 has passed here");
    expect(say(retrieve("u1"))).toEqual([]);
    expect(() => say(new RealtimeClientConversationItemDeleteMessage("u1"))).toThrow("deletes no items");
  });
});
