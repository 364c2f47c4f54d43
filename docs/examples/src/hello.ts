import { RealtimeClientBuilder, sendText } from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { defineTool } from "@voxline/core/tools";
import { LocalRealtimeClient } from "@voxline/local";
import { z } from "zod";

const lookUp = ({ city }: { city: string }) => ({ city, temperature: 4, sky: "cloudy" });
const weather = defineTool({ name: "get_weather", parameters: z.object({ city: z.string() }), invoke: lookUp });
const client = new RealtimeClientBuilder(new LocalRealtimeClient()).use(functionInvocation({ tools: [weather] })).build();
await using session = await client.createSession({ outputModalities: ["text"] });
sendText(session, "What is the weather in Oslo?");
for await (const message of session.getStreamingResponse()) {
  if (message.type === "OutputTextDelta") process.stdout.write(message.text);
  if (message.type === "OutputTextDone") break;
}
