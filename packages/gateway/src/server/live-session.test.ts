import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  PCMU_8K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientSessionUpdateMessage,
  RealtimeServerConversationItemMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerSessionMessage,
  RealtimeServerToolCallMessage,
  RealtimeSessionBuilder,
  RealtimeUsageError,
  type IRealtimeSession,
  type RealtimeCapabilities,
  type RealtimeContent,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { ScriptedSession } from "@voxline/core/testing";
import { describe, expect, test } from "vitest";
import { LiveSession } from "./live-session.ts";

function live(session: IRealtimeSession, wanted: RealtimeSessionOptions = {}, clientApproves = false) {
  const shown: RealtimeServerMessage[] = [];
  const errors: unknown[] = [];
  const link = new LiveSession({
    session,
    base: {},
    wanted,
    clientApproves,
    updateMs: 1_000,
    show: (message) => void shown.push(message),
    tellError: (error) => void errors.push(error),
    onReleased: () => undefined,
  });
  session.subscribe({ onMessage: (message) => link.receive(message), onClose: () => undefined });
  return { link, shown, errors };
}

describe("an update of a session that cannot change", () => {
  const options: RealtimeSessionOptions = {
    model: "m",
    voice: "Puck",
    instructions: "Be brief.",
    turnDetection: { type: "none" },
    inputAudioFormat: PCM16_16K,
    outputAudioFormat: PCM16_24K,
  };
  const wanted: RealtimeSessionOptions = {
    instructions: "Be brief.",
    turnDetection: { type: "server", silenceDurationMs: 300, threshold: 0.5 },
    tools: [{ type: "function", name: "f", parameters: { type: "object", properties: {} } }],
    rawOptions: () => ({ tracing: "auto" }),
  };

  function update(patch: RealtimeSessionPatch, capabilities: Partial<RealtimeCapabilities> = {}) {
    const session = new ScriptedSession({
      options,
      capabilities: { update: false, inputFormats: [PCM16_16K, PCMU_8K], ...capabilities },
    });
    session.answer = (message) => {
      if (message.type !== "SessionUpdate") return;
      throw new RealtimeUsageError("unsupported.update", `It cannot change ${Object.keys(message.patch).join(", ")}.`);
    };
    const { link, shown, errors } = live(session, wanted);
    link.forward(new RealtimeClientSessionUpdateMessage(patch, { messageId: "u1" }));
    const types = shown.map(({ type }) => type);
    const reasons = errors.map((error) => (error as Error).message);
    return { types, reasons, sent: session.sent };
  }

  test.each<[string, RealtimeSessionPatch]>([
    ["what the client has said before", { instructions: "Be brief.", tools: wanted.tools }],
    ["what it has said in another order", { turnDetection: { threshold: 0.5, type: "server", silenceDurationMs: 300 } }],
    ["what the session has", { voice: "Puck", turnDetection: { type: "none" } }],
    ["what clears a field that is clear", { prompt: null, turnDetection: null, toolMode: null }],
    ["the same settings of the provider's own", { rawOptions: () => ({ tracing: "auto" }) }],
    ["a format, which is converted here", { inputAudioFormat: PCMU_8K, outputAudioFormat: PCMU_8K }],
    ["nothing", {}],
  ])("is confirmed for %s, without a word to the provider", (_what, patch) => {
    expect(update(patch)).toEqual({ types: ["SessionUpdated"], reasons: [], sent: [] });
  });

  test("goes to the provider with its changes alone, which says what it cannot change", () => {
    const { types, reasons, sent } = update({ instructions: "Be long.", voice: "Kore", tools: wanted.tools });
    expect([types, reasons]).toEqual([[], ["It cannot change instructions, voice."]]);
    expect(sent).toMatchObject([{ type: "SessionUpdate", patch: { instructions: "Be long.", voice: "Kore" } }]);
  });

  test("is confirmed where the provider can change that after all", () => {
    const session = new ScriptedSession({ options, capabilities: { update: false } });
    const { link, shown, errors } = live(session, wanted);
    link.forward(new RealtimeClientSessionUpdateMessage({ instructions: "Be long." }, { messageId: "u1" }));
    return expect
      .poll(() => shown)
      .toMatchObject([{ type: "SessionUpdated", options: { instructions: "Be long." }, originatingMessageId: "u1" }])
      .then(() => expect(errors).toEqual([]));
  });
});

describe("a format that a provider takes over late, or of its own accord", () => {
  const pcm = (ms: number) =>
    new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(32 * ms), PCM16_16K));

  test("is in force from then on: the client's audio is converted to it", () => {
    const session = new ScriptedSession({
      options: { inputAudioFormat: PCM16_16K },
      capabilities: { inputFormats: [PCM16_16K, PCM16_24K] },
    });
    const { link, shown } = live(session, { inputAudioFormat: PCM16_16K });
    link.forward(pcm(20));
    session.options = { inputAudioFormat: PCM16_24K };
    session.say(
      new RealtimeServerSessionMessage("SessionUpdated", {
        options: session.options,
        originatingMessageId: "given_up",
      }) as RealtimeServerMessage,
    );
    link.forward(pcm(20));
    expect(session.sentOf("InputAudioBufferAppend").map(({ audio }) => audio.format.sampleRate)).toEqual([16_000, 24_000]);
    // Nobody asked for it, so nobody is told.
    expect(shown).toEqual([]);
  });
});

test("updates that the provider never answers are bounded", () => {
  const session = new ScriptedSession({ confirmUpdates: false });
  const { link, errors } = live(session);
  for (let count = 0; count < 257; count++) {
    link.forward(new RealtimeClientSessionUpdateMessage({ instructions: `${count}` }, { messageId: `u${count}` }));
  }
  expect(session.sent).toHaveLength(256);
  expect(errors).toMatchObject([{ code: "unsupported.update" }]);
});

describe("a commit that the provider does not tell of", () => {
  const added = (id: string, contents: RealtimeContent[] = [{ type: "audio" }], previousItemId?: string) =>
    new RealtimeServerConversationItemMessage("ConversationItemAdded", {
      itemId: id,
      previousItemId,
      item: { id, role: "user", contents },
    }) as RealtimeServerMessage;
  const committed = (itemId?: string) =>
    new RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", { itemId }) as RealtimeServerMessage;

  function heard(...messages: RealtimeServerMessage[]) {
    const session = new ScriptedSession();
    const { shown } = live(session);
    session.say(...messages);
    return shown.map((message) => [message.type, message.itemId]);
  }

  test("is told before the item it became", () => {
    const session = new ScriptedSession();
    const { shown } = live(session);
    session.say(added("u1", [{ type: "audio" }], "a0"));
    expect(shown).toMatchObject([
      { type: "InputAudioBufferCommitted", itemId: "u1", previousItemId: "a0" },
      { type: "ConversationItemAdded", itemId: "u1" },
    ]);
  });

  test("is told once where the provider tells of it", () => {
    expect(heard(committed("u1"), added("u1"), committed(), added("u2"))).toEqual([
      ["InputAudioBufferCommitted", "u1"],
      ["ConversationItemAdded", "u1"],
      ["InputAudioBufferCommitted", undefined],
      ["ConversationItemAdded", "u2"],
    ]);
  });

  test("is not told of what was written, or of audio that the client made an item of itself", () => {
    expect(heard(added("u1", [{ type: "text", text: "x" }]))).toEqual([["ConversationItemAdded", "u1"]]);
    const session = new ScriptedSession();
    const { link, shown } = live(session);
    link.forward(
      new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "audio", transcript: "x" }] }),
    );
    session.say(added("u1"), added("u2"));
    expect(shown.map(({ type }) => type)).toEqual([
      "ConversationItemAdded",
      "InputAudioBufferCommitted",
      "ConversationItemAdded",
    ]);
  });
});

describe("tools that need approval", () => {
  async function asked(clientApproves: boolean) {
    const inner = new ScriptedSession();
    const ran: unknown[] = [];
    const tool = {
      type: "function",
      name: "pay",
      parameters: { type: "object" },
      requiresApproval: true,
      invoke: (args: unknown) => {
        ran.push(args);
        return "paid";
      },
    } as const;
    const session = new RealtimeSessionBuilder(inner).use(functionInvocation({ tools: [tool] })).build();
    const { link, shown, errors } = live(session, {}, clientApproves);
    const call = { type: "functionCall", callId: "c1", name: "pay", arguments: `{"amount":5}` } as const;
    inner.say(
      new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r1" }) as RealtimeServerMessage,
      new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
        responseId: "r1",
        item: { id: "i1", status: "completed", contents: [call] },
      }) as RealtimeServerMessage,
      new RealtimeServerResponseCreatedMessage("ResponseDone", {
        responseId: "r1",
        status: "completed",
      }) as RealtimeServerMessage,
    );
    await expect.poll(() => shown.some(({ type }) => type === "ToolApprovalRequired")).toBe(true);
    const questions = shown.filter(
      (message) => message.type === "ConversationItemAdded" || message.type === "ConversationItemDone",
    );
    const answer = (approve: boolean, approvalRequestId = questions[0]?.itemId ?? "") =>
      link.forward(
        new RealtimeClientConversationItemCreateMessage({
          contents: [{ type: "mcpApprovalResponse", approvalRequestId, approve, reason: "Too much." }],
        }),
      );
    return { inner, ran, shown, errors, questions, answer };
  }

  test("are asked about as tools of MCP servers are, and run when the client allows it [row 112]", async () => {
    const { inner, ran, shown, questions, answer } = await asked(true);
    const contents = [{ type: "mcpApprovalRequest", serverLabel: "gateway", name: "pay", arguments: `{"amount":5}` }];
    expect(questions).toMatchObject([
      { type: "ConversationItemAdded", item: { id: expect.stringMatching(/^mcpr_/) as string, contents } },
      { type: "ConversationItemDone", item: { contents } },
    ]);
    answer(true);
    await expect.poll(() => ran).toEqual([{ amount: 5 }]);
    await expect.poll(() => inner.sentOf("ResponseCreate")).toHaveLength(1);
    expect(shown.filter((message) => message.type === "ConversationItemDone").map(({ item }) => item?.contents[0]?.type)).toEqual(
      ["mcpApprovalRequest", "mcpApprovalResponse"],
    );
    // The provider hears of the result alone: the question was none of its own.
    expect(inner.sentOf("ConversationItemCreate").map(({ item }) => item.contents[0]?.type)).toEqual(["functionResult"]);
  });

  test("do not run when the client forbids it, and the model is told why", async () => {
    const { inner, ran, answer } = await asked(true);
    answer(false);
    await expect.poll(() => inner.sentOf("ConversationItemCreate")).toHaveLength(1);
    expect(ran).toEqual([]);
    expect(JSON.stringify(inner.sentOf("ConversationItemCreate")[0]?.item)).toContain("Too much.");
  });

  test("are answered once, and an answer to another's question goes to the provider, whose it may be", async () => {
    const { inner, ran, answer } = await asked(true);
    answer(true, "mcpr_theirs");
    answer(true);
    answer(true);
    await expect.poll(() => ran).toHaveLength(1);
    const sent = inner.sentOf("ConversationItemCreate").flatMap(({ item }) => item.contents);
    expect(sent.filter(({ type }) => type === "mcpApprovalResponse")).toHaveLength(2);
  });

  test("that nobody waits for any more are not allowed in silence", async () => {
    const { inner, ran, errors, answer } = await asked(true);
    inner.say(new RealtimeServerInputAudioBufferMessage("InputSpeechStarted", {}) as RealtimeServerMessage);
    inner.say(new RealtimeServerToolCallMessage("ToolCallCancelled", { callId: "c1", name: "pay" }) as RealtimeServerMessage);
    answer(true);
    expect(errors).toMatchObject([{ code: "tool.cancelled", message: expect.stringContaining("pay") as string }]);
    expect(ran).toEqual([]);
  });

  test("are not the client's to allow unless the operator says so: its answer goes to the provider", async () => {
    const { inner, ran, questions, answer } = await asked(false);
    expect(questions).toEqual([]);
    answer(true, "mcpr_guessed");
    expect(inner.sentOf("ConversationItemCreate").map(({ item }) => item.contents[0]?.type)).toEqual(["mcpApprovalResponse"]);
    expect(ran).toEqual([]);
  });
});
