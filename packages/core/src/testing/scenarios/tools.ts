import { respond, sendText } from "../../actions.ts";
import { RealtimeClientConversationItemCreateMessage } from "../../messages/client-messages.ts";
import type { FunctionCallContent } from "../../messages/content.ts";
import { need, scenario, type ProviderScenario, type ScenarioToolLine, type ScenarioWorld } from "./scenario.ts";
import { ScenarioSession, type Answer } from "./scenario-session.ts";

const AREA = "tools";

/** The calls of an answer, each told in full before its item was done. */
function callsOf({ messages }: Answer): FunctionCallContent[] {
  const calls: FunctionCallContent[] = [];
  const told = new Map<string, string>();
  for (const message of messages) {
    if (message.type === "ToolCallArgumentsDone") {
      need(message.name !== undefined, "a call has its name when its arguments are done", `${message.callId} has none`);
      told.set(message.callId, `${message.name} ${message.arguments}`);
    }
    if (message.type !== "ResponseOutputItemDone") continue;
    const call = message.item.contents.find((content) => content.type === "functionCall");
    if (call === undefined) continue;
    need(message.item.status !== "incomplete", "a call that is to be run is complete", `${call.callId} is not`);
    const { callId, name } = call;
    need(
      told.get(callId) === `${name} ${call.arguments}`,
      "arguments are done before their item, and the same",
      `${told.get(callId)}`,
    );
    calls.push(call);
  }
  return calls;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function play(world: ScenarioWorld, line: ScenarioToolLine): Promise<string | undefined> {
  await using session = await ScenarioSession.open(world, { outputModalities: ["text"], tools: [world.model.tool] });
  const { capabilities, isDirect } = session;
  if (!capabilities.textInput) return "textInput: false";
  sendText(session.inner, line.say);
  const first = await session.answer();
  const calls = callsOf(first);
  if (!capabilities.tools) {
    need(calls.length === 0, "no call where tools is false", `${calls.length} calls`);
    const warned = session.messages.some((message) => message.type === "Warning" && message.message.includes("tools"));
    need(!isDirect || warned, "a Warning that tools are ignored", "there is none");
    return "tools: false";
  }
  const written = JSON.stringify(calls.map((call) => parsed(call.arguments)));
  need(written === JSON.stringify(line.calls), `calls with ${JSON.stringify(line.calls)}`, written);
  const ids = new Set(calls.map(({ callId }) => callId));
  need(ids.size === calls.length && !ids.has(""), "each call has an id of its own", [...ids].join(", "));
  for (const [index, { callId, name }] of calls.entries()) {
    const result = line.results[index];
    session.send(
      new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId, name, result }] }),
    );
  }
  respond(session.inner);
  const second = await session.answer();
  need(line.answer.test(second.text), `an answer with the results, like ${String(line.answer)}`, `"${second.text}"`);
  const more = (await session.quiet()).filter((message) => message.type === "ResponseCreated");
  need(more.length === 0, "one answer to all results", `${more.length} more`);
  return undefined;
}

export const TOOLS: readonly ProviderScenario[] = [
  scenario(AREA, "a tool is called, and its answer told", (world) => play(world, world.model.call)),
  scenario(AREA, "two calls at once are answered by one answer", (world) => {
    const { calls } = world.model;
    return calls === undefined ? Promise.resolve("the model makes one call at a time") : play(world, calls);
  }),
];
