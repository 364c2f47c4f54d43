import type OpenAI from "openai";
import { lookUp } from "./weather.ts";

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ type: "function" as const, function: { name: "get_weather", parameters } }];

/** Chat: you send the whole conversation with each request, run the calls, and ask again until there are none. */
export async function askInChat(openai: OpenAI, question: string): Promise<string> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: question }];
  for (;;) {
    const completion = await openai.chat.completions.create({ model: "gpt-4.1", messages, tools });
    const message = completion.choices[0]?.message;
    if (message?.tool_calls === undefined) return message?.content ?? "";
    messages.push(message);
    for (const call of message.tool_calls) {
      if (call.type !== "function") continue;
      const result = lookUp(JSON.parse(call.function.arguments) as { city: string });
      messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(result) });
    }
  }
}
