import { describe, expect, it } from "vitest";
import type { RealtimeCapabilities } from "../../capabilities.ts";
import type { RealtimeClientMessage } from "../../messages/client-messages.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseContentPartMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerSessionMessage,
  RealtimeServerToolCallMessage,
  RealtimeServerWarningMessage,
  type RealtimeServerMessage,
} from "../../messages/server-messages.ts";
import { ScriptedClient } from "../scripted-client.ts";
import type { ScriptedSession } from "../scripted-session.ts";
import { providerScenarios } from "./provider-scenarios.ts";
import type { ScenarioModel, ScenarioOutcome, ScenarioWorld } from "./scenario.ts";

const MODEL: ScenarioModel = {
  talk: { say: "hello", answer: /^Hi there\.$/ },
  story: { say: "story", answer: /./ },
  tool: { type: "function", name: "look_up", parameters: { type: "object" } },
  call: { say: "call", answer: /^It is 4\.$/, calls: [{ city: "Oslo" }], results: [4] },
};

/** What a mute and blind service says to a line; `edit` is its defect. */
type Edit = (messages: RealtimeServerMessage[], message: RealtimeClientMessage) => RealtimeServerMessage[];

let responses = 0;

function answer(line: string): RealtimeServerMessage[] {
  const responseId = `resp_${++responses}`;
  const ids = { responseId, itemId: `item_${responses}`, outputIndex: 0, contentIndex: 0 };
  const begin = new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId });
  const end = new RealtimeServerResponseCreatedMessage("ResponseDone", {
    responseId,
    status: "completed",
    usage: { totalTokens: 3, inputTokens: 2, outputTokens: 1 },
  });
  if (line === "call") {
    const call = { type: "functionCall", callId: `call_${responses}`, name: "look_up", arguments: '{"city":"Oslo"}' } as const;
    const item = { id: ids.itemId, status: "completed", contents: [call] } as const;
    return [
      begin,
      new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...ids, item }),
      new RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...ids, ...call }),
      new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...ids, item }),
      end,
    ];
  }
  const text = line === "result" ? "It is 4." : "Hi there.";
  const item = { id: ids.itemId, role: "assistant", contents: [] } as const;
  const part = { type: "text", text } as const;
  return [
    begin,
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...ids, item }),
    new RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...ids, part }),
    new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...ids, text }),
    new RealtimeServerOutputTextAudioMessage("OutputTextDone", { ...ids, text }),
    new RealtimeServerResponseContentPartMessage("ResponseContentPartDone", { ...ids, part }),
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...ids, item }),
    end,
  ];
}

function worldOf(edit: Edit, capabilities: Partial<RealtimeCapabilities> = {}): ScenarioWorld {
  let session: ScriptedSession | undefined;
  const createClient = (): ScriptedClient => {
    const lines: string[] = [];
    const client = new ScriptedClient({
      capabilities,
      onSend: (message, source) => {
        session = source;
        if (message.type === "ConversationItemCreate") {
          const [content] = message.item.contents;
          lines.push(content?.type === "text" ? content.text : "result");
        }
        const said = message.type === "ResponseCreate" ? answer(lines.splice(0).at(-1) ?? "") : [];
        source.say(...edit(said, message));
      },
    });
    const createSession = client.createSession.bind(client);
    client.createSession = async (...args) => {
      session = await createSession(...args);
      session.say(new RealtimeServerSessionMessage("SessionCreated", { options: session.options }));
      return session;
    };
    return client;
  };
  return { createClient, model: MODEL, patienceMs: 50, hangUp: () => session?.finish({ code: 1011 }) };
}

const faithful: Edit = (messages) => messages;
const without =
  (type: RealtimeServerMessage["type"]): Edit =>
  (messages) =>
    messages.filter((message) => message.type !== type);

async function run(name: RegExp, world: ScenarioWorld): Promise<ScenarioOutcome | { readonly expected: string }> {
  const scenario = providerScenarios.find((each) => name.test(each.name));
  if (scenario === undefined) throw new TypeError(`No scenario is called ${String(name)}.`);
  return scenario.run(world).catch((error: unknown) => ({ expected: (error as { expected: string }).expected }));
}

describe("the scenarios of providers", () => {
  it("are about everything, and each has a name of its own", () => {
    expect([...new Set(providerScenarios.map(({ area }) => area))]).toEqual([
      "lifecycle",
      "text",
      "audio",
      "tools",
      "barge-in",
      "images",
      "transcription",
      "usage",
      "errors",
      "close",
      "unknown events",
      "limits",
    ]);
    expect(new Set(providerScenarios.map(({ name }) => name)).size).toBe(28);
  });

  it.each([
    ["subscribe", /answered in writing/],
    ["loop", /answered in writing/],
    ["subscribe", /a tool is called/],
    ["loop", /a tool is called/],
    ["subscribe", /closes in peace/],
    ["loop", /closes in peace/],
    ["subscribe", /takes a change/],
    ["subscribe", /what it cost/],
    ["subscribe", /a cancel with nothing/],
    ["subscribe", /does not wait to be sent/],
    ["loop", /long instructions/],
  ] as const)("pass by %s where the provider does as it should: %s", async (reader, name) => {
    expect(await run(name, { ...worldOf(faithful), reader })).toEqual({ outcome: "passed" });
  });

  it.each<readonly [string, RegExp, Partial<RealtimeCapabilities>]>([
    ["textInput: false", /aloud/, { textInput: false }],
    ["the model is not spoken to", /spoken turn that the service ends/, {}],
    ["the service cannot be made to say anything", /an event nobody knows/, {}],
    ["the model makes one call at a time", /two calls/, {}],
    ["the model is shown nothing", /a picture in an item/, {}],
  ])("say why they do not apply: %s", async (because, name, capabilities) => {
    expect(await run(name, worldOf(faithful, capabilities))).toEqual({ outcome: "notApplicable", because });
  });

  it.each<readonly [string, RegExp, Edit, Partial<RealtimeCapabilities>]>([
    ["a response begins once", /answered in writing/, without("ResponseCreated"), {}],
    ["ResponseDone", /answered in writing/, without("ResponseDone"), {}],
    ["the parts of an item end before it", /answered in writing/, without("ResponseContentPartDone"), {}],
    ["the items of a response end before it", /answered in writing/, without("ResponseOutputItemDone"), {}],
    ["OutputTextDelta comes within its part", /answered in writing/, without("ResponseContentPartAdded"), {}],
    ['"Hi there." in pieces', /answered in writing/, without("OutputTextDelta"), {}],
    ['an answer to "hello" like /^Hi there\\.$/', /answered in writing/, without("OutputTextDone"), {}],
    ["audio of more than 200 ms", /answered aloud/, faithful, {}],
    ["send refuses ConversationItemCreate with unsupported.message", /answered in writing/, faithful, { textInput: false }],
    ["arguments are done before their item, and the same", /a tool is called/, without("ToolCallArgumentsDone"), {}],
    ["no call where tools is false", /a tool is called/, faithful, { tools: false }],
    [
      "a Warning that tools are ignored",
      /a tool is called/,
      (messages, message) => (message.type === "ResponseCreate" ? answer("hello") : messages),
      { tools: false },
    ],
    [
      "one answer to all results",
      /a tool is called/,
      (messages) => (messages.length > 5 ? [...messages, ...answer("")] : messages),
      {},
    ],
    ["InputAudioBufferCleared", /taken back/, faithful, {}],
    ["send throws audio.format", /not agreed on/, faithful, {}],
    ["OutputAudioDelta", /can be cancelled/, faithful, {}],
    [
      "no error",
      /a cancel with nothing/,
      (messages, message) =>
        message.type === "ResponseCancel"
          ? [new RealtimeServerErrorMessage({ error: { code: "response_cancel_not_active", message: "none" } })]
          : messages,
      {},
    ],
    [
      "an answer with its usage",
      /what it cost/,
      (messages) =>
        messages.map((message) =>
          message.type === "ResponseDone"
            ? new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: message.responseId, status: "completed" })
            : message,
        ),
      {},
    ],
    [
      "an error with the id of its message",
      /names the message/,
      (messages, message) =>
        message.type === "ConversationItemRetrieve"
          ? [new RealtimeServerErrorMessage({ error: { code: "item_not_found", message: "none" } })]
          : messages,
      {},
    ],
    ["OutputAudioDelta", /hangs up/, faithful, {}],
  ])("name what a provider does not do: %s", async (expected, name, edit, capabilities) => {
    expect(await run(name, worldOf(edit, capabilities))).toEqual({ expected });
  });

  it("name what a provider says too early", async () => {
    const createClient = (): ScriptedClient => {
      const client = new ScriptedClient();
      const createSession = client.createSession.bind(client);
      client.createSession = async (...args) => {
        const session = await createSession(...args);
        session.say(new RealtimeServerWarningMessage("early", "early"), new RealtimeServerSessionMessage("SessionCreated"));
        return session;
      };
      return client;
    };
    const world = { createClient, model: MODEL, patienceMs: 50 };
    expect(await run(/closes in peace/, world)).toEqual({ expected: "SessionCreated comes first" });
  });
});
