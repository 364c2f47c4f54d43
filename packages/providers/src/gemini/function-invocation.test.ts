import { describe, expect, test, vi } from "vitest";
import { RealtimeClientBuilder, type RealtimeServerMessage } from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { defineTool } from "@voxline/core/tools";
import { client, connect, settle, types } from "./fake-service.kit.ts";

const OSLO = { id: "fc-1", name: "get_weather", args: { city: "Oslo" } };
const PARIS = { id: "fc-2", name: "get_weather", args: { city: "São Paulo" } };

describe("with function invocation", () => {
  const weather = (invoke: (args: { city?: unknown }, signal: AbortSignal) => unknown) =>
    defineTool({
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string" } } },
      onInterrupt: "cancel",
      invoke: (args, { signal }) => invoke(args, signal),
    });

  const open = async (tool: ReturnType<typeof weather>) => {
    const { service, client: inner } = connect();
    const built = new RealtimeClientBuilder(inner).use(functionInvocation({ tools: [tool] })).build();
    const session = await built.createSession();
    const messages: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
    await settle();
    return { service, session, messages };
  };

  test("a round trip: both tools run, one toolResponse, nothing else is asked for", async () => {
    const { service, messages } = await open(weather(({ city }) => ({ city, degrees: 4 })));
    expect(service.received[0]?.setup?.tools?.[0]).toMatchObject({ functionDeclarations: [{ name: "get_weather" }] });
    service.calls(OSLO, PARIS);
    await vi.waitFor(() => expect(service.said.length).toBe(1));
    service.text("Done.");
    service.done();
    await settle();
    expect(service.said).toEqual([
      client({
        toolResponse: {
          functionResponses: [
            { id: "fc-1", name: "get_weather", response: { city: "Oslo", degrees: 4 } },
            { id: "fc-2", name: "get_weather", response: { city: "São Paulo", degrees: 4 } },
          ],
        },
      }),
    ]);
    expect(types(messages).filter((type) => type === "ToolResult" || type === "ResponseDone")).toEqual([
      "ResponseDone",
      "ToolResult",
      "ToolResult",
      "ResponseDone",
    ]);
    expect(types(messages)).not.toContain("Warning");
  });

  test("[row 98] a cancellation fires the running tool's signal, and the model hears nothing of it", async () => {
    let fired = false;
    const tool = weather(
      (_args, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            fired = true;
            resolve("too late");
          });
        }),
    );
    const { service, messages } = await open(tool);
    service.calls(OSLO);
    await settle();
    service.send({ toolCallCancellation: { ids: ["fc-1"] } });
    await vi.waitFor(() => expect(types(messages)).toContain("ToolResult"));
    expect(fired).toBe(true);
    expect(service.said).toEqual([]);
  });
});
