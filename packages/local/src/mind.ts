import type { FunctionResultContent, RealtimeConversationItem, RealtimeTool, ToolMode } from "@voxline/core";
import { fillTemplate, type CompiledScript, type RuleMatch } from "./script.ts";

/** What the mind decides to do in one response. */
export type Act =
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "call"; readonly callId: string; readonly name: string; readonly arguments: string };

/** What the mind looks at. */
export interface Situation {
  readonly items: readonly RealtimeConversationItem[];
  readonly tools: readonly RealtimeTool[];
  readonly toolMode: ToolMode;
  /** Of this response alone. */
  readonly instructions: string | undefined;
}

const TYPED_CALL = /^call\s+([\w-]+)\s*(\{.*\})?\s*$/;
const TYPED_SAY = /^say:?\s+(.+)$/is;

/** A scripted mind: when it hears this, it says that, or calls a tool and says what came of it. It guesses nothing. */
export class Mind {
  readonly #script: CompiledScript;
  readonly #calls = new Map<string, RuleMatch>();
  readonly #newCallId: () => string;

  constructor(script: CompiledScript, newCallId: () => string) {
    this.#script = script;
    this.#newCallId = newCallId;
  }

  decide(situation: Situation): Act[] {
    const order = situation.instructions === undefined ? null : TYPED_SAY.exec(situation.instructions);
    if (order !== null) return [{ type: "say", text: order[1] as string }];
    const results = trailingResults(situation.items);
    if (results.length > 0) return [{ type: "say", text: this.#answerTo(results) }];
    const text = lastUserText(situation.items);
    if (text === undefined) return [{ type: "say", text: this.#script.script.greeting }];
    return this.#typedCalls(text, situation) ?? this.#followRule(text, situation);
  }

  /** Typed text may call any declared tool, one a line: `call get_weather {"city":"Oslo"}`. */
  #typedCalls(text: string, situation: Situation): Act[] | undefined {
    const lines = text.split("\n").map((line) => TYPED_CALL.exec(line.trim()));
    if (lines.some((line) => line === null)) return undefined;
    return lines.map((line) => this.#call((line as RegExpExecArray)[1] as string, line?.[2] ?? "{}", situation));
  }

  #followRule(text: string, situation: Situation): Act[] {
    const match = this.#script.match(text);
    if (match === undefined) return [{ type: "say", text: this.#script.script.otherwise }];
    const { rule, slots } = match;
    if (rule.call === undefined) return [{ type: "say", text: fillTemplate(rule.say, slots, "something") }];
    return rule.call.map(({ tool, arguments: given }) => {
      const filled = Object.entries(given).map(([key, value]) => [key, fillTemplate(value, slots, "")] as const);
      return this.#call(tool, JSON.stringify(Object.fromEntries(filled)), situation, match);
    });
  }

  #call(name: string, args: string, situation: Situation, match?: RuleMatch): Act {
    const known = situation.toolMode !== "none" && situation.tools.some((tool) => tool.type === "function" && tool.name === name);
    if (!known) return { type: "say", text: `I would need the tool ${name.replaceAll("_", " ")}, and nobody gave it to me.` };
    const callId = this.#newCallId();
    if (match !== undefined) this.#calls.set(callId, match);
    return { type: "call", callId, name, arguments: args };
  }

  #answerTo(results: readonly FunctionResultContent[]): string {
    const match = this.#calls.get(results[0]?.callId ?? "");
    for (const { callId } of results) this.#calls.delete(callId);
    const values = results.map(valueOf);
    const failed = results.find((result, index) => result.isError === true || /^error\b/i.test(String(values[index] as string)));
    if (failed !== undefined) return "That did not work. Please try again later.";
    if (match !== undefined) {
      return fillTemplate(match.rule.say, { ...match.slots, result: values[0], results: values }, "unknown");
    }
    return `The answer is: ${values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(", and ")}.`;
  }
}

function valueOf(result: FunctionResultContent): unknown {
  if (typeof result.result !== "string") return result.result;
  try {
    return JSON.parse(result.result) as unknown;
  } catch {
    return result.result;
  }
}

/** The results that nobody has spoken about yet, in the order of their calls. */
function trailingResults(items: readonly RealtimeConversationItem[]): FunctionResultContent[] {
  const results: FunctionResultContent[] = [];
  for (let i = items.length - 1; i >= 0; i--) {
    const content = items[i]?.contents[0];
    if (content?.type === "functionResult") results.unshift(content);
    else if (content?.type !== "functionCall") break;
  }
  return results;
}

/** What the user last said or wrote; an empty text where it was not understood. */
function lastUserText(items: readonly RealtimeConversationItem[]): string | undefined {
  const item = items.findLast((candidate) => candidate.role === "user");
  if (item === undefined) return undefined;
  const texts = item.contents.map((content) => {
    if (content.type === "text") return content.text;
    return content.type === "audio" ? (content.transcript ?? "") : "";
  });
  return texts.join("\n").trim();
}
