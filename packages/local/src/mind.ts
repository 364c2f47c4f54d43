import type { FunctionResultContent, RealtimeContent, RealtimeConversationItem, RealtimeTool, ToolMode } from "@voxline/core";
import { describePictures } from "./picture.ts";
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

/** Calls made at once, in their order, and the rule that made them. */
interface CallGroup {
  readonly callIds: string[];
  readonly match: RuleMatch | undefined;
}

const TYPED_CALL = /^call\s+([\w-]+)\s*(\{.*\})?\s*$/;
const TYPED_SAY = /^say:?\s+(.+)$/is;

/** A scripted mind: when it hears this, it says that, or calls a tool and says what came of it. It guesses nothing. */
export class Mind {
  readonly #script: CompiledScript;
  readonly #groups = new Map<string, CallGroup>();
  /** Calls whose results have been spoken about. */
  readonly #told = new Set<string>();
  readonly #newCallId: () => string;

  constructor(script: CompiledScript, newCallId: () => string) {
    this.#script = script;
    this.#newCallId = newCallId;
  }

  decide(situation: Situation): Act[] {
    const order = situation.instructions === undefined ? null : TYPED_SAY.exec(situation.instructions);
    if (order !== null) return [{ type: "say", text: order[1] as string }];
    const result = this.#untoldResult(situation.items);
    if (result !== undefined) return [{ type: "say", text: this.#answerTo(result, situation.items) }];
    const text = this.#askedLine(situation) ?? lastUserText(situation.items);
    if (text === undefined) return [{ type: "say", text: this.#script.script.greeting }];
    const seen = describePictures(unansweredContents(situation.items));
    if (seen !== undefined && text === "") return [{ type: "say", text: seen }];
    const acts = this.#typedCalls(text, situation) ?? this.#followRule(text, situation);
    return seen === undefined ? acts : acts.map((act) => (act.type === "say" ? { ...act, text: `${seen} ${act.text}` } : act));
  }

  /** A line it understands in the response's own instructions, where the user has said nothing new: some services take text only there. */
  #askedLine({ instructions, items }: Situation): string | undefined {
    if (instructions === undefined || unansweredContents(items).length > 0) return undefined;
    return this.#script.match(instructions) === undefined ? undefined : instructions;
  }

  /** A result that was not spoken about, and behind which the user has said nothing. */
  #untoldResult(items: readonly RealtimeConversationItem[]): FunctionResultContent | undefined {
    for (const item of items.toReversed()) {
      if (item.role === "user") return undefined;
      const result = item.contents.find(isResult);
      if (result !== undefined && !this.#told.has(result.callId)) return result;
    }
    return undefined;
  }

  /** Typed text may call any declared tool, one a line: `call get_weather {"city":"Oslo"}`. */
  #typedCalls(text: string, situation: Situation): Act[] | undefined {
    const lines = text.split("\n").map((line) => TYPED_CALL.exec(line.trim()));
    if (lines.some((line) => line === null)) return undefined;
    const group: CallGroup = { callIds: [], match: undefined };
    return lines.map((line) => this.#call((line as RegExpExecArray)[1] as string, line?.[2] ?? "{}", situation, group));
  }

  #followRule(text: string, situation: Situation): Act[] {
    const match = this.#script.match(text);
    if (match === undefined) return [{ type: "say", text: this.#script.script.otherwise }];
    const { rule, slots } = match;
    if (rule.call === undefined) return [{ type: "say", text: fillTemplate(rule.say, slots, "something") }];
    const group: CallGroup = { callIds: [], match };
    return rule.call.map(({ tool, arguments: given }) => {
      const filled = Object.entries(given).map(([key, value]) => [key, fillTemplate(value, slots, "")] as const);
      return this.#call(tool, JSON.stringify(Object.fromEntries(filled)), situation, group);
    });
  }

  #call(name: string, args: string, situation: Situation, group: CallGroup): Act {
    const known = situation.toolMode !== "none" && situation.tools.some((tool) => tool.type === "function" && tool.name === name);
    if (!known) return { type: "say", text: `I would need the tool ${name.replaceAll("_", " ")}, and nobody gave it to me.` };
    const callId = this.#newCallId();
    group.callIds.push(callId);
    this.#groups.set(callId, group);
    return { type: "call", callId, name, arguments: args };
  }

  /** Speaks about all results of the calls that were made at once, also those that came before; one that is still to come is unknown. */
  #answerTo(latest: FunctionResultContent, items: readonly RealtimeConversationItem[]): string {
    const group = this.#groups.get(latest.callId);
    const callIds = group?.callIds ?? [latest.callId];
    const known = new Map(
      items.flatMap((item) => item.contents.filter(isResult).map((result) => [result.callId, result] as const)),
    );
    const results = callIds.map((callId) => known.get(callId));
    for (const result of results) if (result !== undefined) this.#told.add(result.callId);
    const values = results.map((result) => (result === undefined ? undefined : valueOf(result)));
    if (results.some((result, index) => result?.isError === true || /^error\b/i.test(String(values[index] as string)))) {
      return "That did not work. Please try again later.";
    }
    if (group?.match !== undefined) {
      const { rule, slots } = group.match;
      return fillTemplate(rule.say, { ...slots, result: values[0], results: values }, "unknown");
    }
    const said = values.filter((value) => value !== undefined);
    return `The answer is: ${said.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(", and ")}.`;
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

function isResult(content: RealtimeContent): content is FunctionResultContent {
  return content.type === "functionResult";
}

/** What the user has sent since the model's last answer. */
function unansweredContents(items: readonly RealtimeConversationItem[]): RealtimeContent[] {
  const answered = items.findLastIndex((item) => item.role === "assistant");
  return items.slice(answered + 1).flatMap((item) => (item.role === "user" ? item.contents : []));
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
