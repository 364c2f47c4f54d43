import { vi } from "vitest";
import { RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeClientConversationItemCreateMessage } from "../messages/client-messages.ts";
import type { FunctionCallContent } from "../messages/content.ts";
import {
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import type { IRealtimeSession } from "../session.ts";
import { ScriptedSession, type ScriptedSessionInit } from "../testing/scripted-session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { functionInvocation, type FunctionInvocationOptions } from "./function-invocation.ts";

/** With fake timers: lets every microtask run. */
export const flush = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

export interface Setup {
  readonly inner: ScriptedSession;
  readonly session: IRealtimeSession;
  readonly received: RealtimeServerMessage[];
}

/** A session of function invocation around a scripted one whose options have these tools. */
export function setUp(
  tools: readonly FunctionTool[],
  options: FunctionInvocationOptions = {},
  init: ScriptedSessionInit = {},
): Setup {
  const inner = new ScriptedSession({ ...init, options: { tools, ...init.options } });
  const session = new RealtimeSessionBuilder(inner).use(functionInvocation(options)).build();
  const received: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void received.push(message), onClose: () => undefined });
  return { inner, session, received };
}

export function tool(name: string, invoke: FunctionTool["invoke"], more: Partial<FunctionTool> = {}): FunctionTool {
  return { type: "function", name, parameters: { type: "object" }, invoke, ...more };
}

/** A handler that answers `value` after that long. */
export const after = (ms: number, value: unknown) => (): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, ms, value));

export const created = (id: string): RealtimeServerMessage =>
  new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: id });
export const done = (id: string, status = "completed"): RealtimeServerMessage =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: id, status });
export const speech = (): RealtimeServerMessage => new RealtimeServerInputAudioBufferMessage("InputSpeechStarted");

export function call(
  responseId: string,
  callId: string,
  name: string,
  args = "{}",
  status: "completed" | "incomplete" = "completed",
): RealtimeServerMessage {
  const content: FunctionCallContent = { type: "functionCall", callId, name, arguments: args };
  return new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
    responseId,
    item: { status, contents: [content] },
  });
}

/** The application's answer to a call. */
export const answer = (callId: string): RealtimeClientConversationItemCreateMessage =>
  new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId, result: "app" }] });

/** What the model was told, as `callId=result`; `…` stands for ResponseCreate. */
export function told(inner: ScriptedSession): string[] {
  return inner.sent.flatMap((message) => {
    if (message.type === "ResponseCreate") return ["…"];
    if (message.type !== "ConversationItemCreate") return [];
    return message.item.contents.map((content) =>
      content.type === "functionResult" ? `${content.callId}=${String(content.result)}` : content.type,
    );
  });
}

/** One whole response with one call, and its outcome. */
export async function once(one: FunctionTool, args = "{}", options: FunctionInvocationOptions = {}): Promise<Setup> {
  const setup = setUp([one], options);
  setup.inner.say(created("r"), call("r", "c", one.name, args), done("r"));
  await flush();
  return setup;
}
