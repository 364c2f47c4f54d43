import { RealtimeClientBuilder, sendText, type IRealtimeClient } from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { defineTool } from "@voxline/core/tools";
import { z } from "zod";
import { lookUp } from "./weather.ts";

const weather = defineTool({ name: "get_weather", parameters: z.object({ city: z.string() }), invoke: lookUp });

/** Realtime: the session holds the conversation, the pipeline runs the calls, and the answer streams. */
export async function askInRealtime(model: IRealtimeClient, question: string): Promise<string> {
  const client = new RealtimeClientBuilder(model).use(functionInvocation({ tools: [weather] })).build();
  await using session = await client.createSession({ outputModalities: ["text"] });
  sendText(session, question);
  for await (const message of session.getStreamingResponse()) {
    if (message.type === "OutputTextDone") return message.text;
  }
  return "";
}
