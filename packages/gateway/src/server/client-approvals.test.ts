import { afterEach, expect, test } from "vitest";
import {
  RealtimeClientBuilder,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { ScriptedClient } from "@voxline/core/testing";
import { RealtimeGateway } from "./gateway.ts";
import { opened } from "./testing/scripted.ts";
import { WsClient } from "./testing/ws-client.ts";

const gateways: RealtimeGateway[] = [];

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
});

/** A client over a socket, whose model wants to pay. */
async function asked(path: string, clientApproves?: boolean) {
  const paid: unknown[] = [];
  const tool = {
    type: "function",
    name: "pay",
    parameters: { type: "object" },
    requiresApproval: true,
    invoke: (args: unknown) => {
      paid.push(args);
      return "paid";
    },
  } as const;
  const scripted = new ScriptedClient();
  const client = new RealtimeClientBuilder(scripted).use(functionInvocation({ tools: [tool] })).build();
  const gateway = new RealtimeGateway({ client, clientApproves });
  gateways.push(gateway);
  const { url } = await gateway.listen();
  const ws = await WsClient.open(url + path);
  ws.send({ type: "session.update", session: path.startsWith("/v1") ? { type: "realtime" } : {} });
  const session = await opened(scripted);
  const call = { type: "functionCall", callId: "c1", name: "pay", arguments: '{"amount":5}' } as const;
  session.say(
    new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r1" }) as RealtimeServerMessage,
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
      responseId: "r1",
      item: { id: "i1", status: "completed", contents: [call] },
    }) as RealtimeServerMessage,
    new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r1", status: "completed" }) as RealtimeServerMessage,
  );
  /** The types of what came, up to the first event that is looked for, and that event. */
  const until = async (type: string) => {
    const types: unknown[] = [];
    for (;;) {
      const event = await ws.next();
      types.push(event["type"]);
      if (event["type"] === type) return { event, types };
    }
  };
  return { ws, session, paid, until };
}

test("a client is asked about a tool of the gateway, allows it, and it runs: over a socket, as with an MCP server [row 112]", async () => {
  const { ws, session, paid, until } = await asked("/v1/realtime?model=m", true);
  const { event } = await until("conversation.item.added");
  const item = event["item"] as { id: string };
  expect(item).toMatchObject({ type: "mcp_approval_request", server_label: "gateway", name: "pay", arguments: '{"amount":5}' });
  expect(await ws.types(1)).toEqual(["conversation.item.done"]);
  expect(paid).toEqual([]);
  ws.send({
    type: "conversation.item.create",
    item: { type: "mcp_approval_response", approval_request_id: item.id, approve: true },
  });
  expect((await until("conversation.item.done")).event["item"]).toMatchObject({ type: "mcp_approval_response", approve: true });
  await expect.poll(() => paid).toEqual([{ amount: 5 }]);
  await expect.poll(() => session.sentOf("ResponseCreate")).toHaveLength(1);
  expect(session.sentOf("ConversationItemCreate").flatMap((message) => message.item.contents)).toMatchObject([
    { type: "functionResult", callId: "c1", result: "paid" },
  ]);
});

test("a client forbids it, and the model is told why", async () => {
  const { ws, session, paid, until } = await asked("/voice-live/realtime?api-version=2026-07-15&model=m", true);
  const { id } = (await until("conversation.item.created")).event["item"] as { id: string };
  ws.send({
    type: "conversation.item.create",
    item: { type: "mcp_approval_response", approval_request_id: id, approve: false, reason: "Too much." },
  });
  await expect.poll(() => session.sentOf("ConversationItemCreate")).toHaveLength(1);
  expect(JSON.stringify(session.sentOf("ConversationItemCreate")[0]?.item)).toContain("Too much.");
  expect(paid).toEqual([]);
});

test("no client is asked unless the operator says so", async () => {
  const { ws, until, paid } = await asked("/v1/realtime?model=m");
  expect((await until("response.done")).types).toEqual([
    "session.created",
    "session.updated",
    "response.created",
    "response.done",
  ]);
  ws.send({ type: "what is next" });
  expect(await ws.types(1)).toEqual(["error"]);
  expect(paid).toEqual([]);
});
