import { expect, it } from "vitest";
import { RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeServerResponseCreatedMessage } from "../messages/server-messages.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import { openTelemetry } from "./opentelemetry.ts";

it("passes everything on where no SDK is registered", async () => {
  const inner = new ScriptedSession();
  const session = new RealtimeSessionBuilder(inner).use(openTelemetry()).build();
  const received: string[] = [];
  session.subscribe({ onMessage: (message) => void received.push(message.type), onClose: () => undefined });
  inner.say(
    new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r" }),
    new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r", usage: { inputTokens: 1 } }),
  );
  inner.finish();
  await session.closed;
  expect(received).toEqual(["ResponseCreated", "ResponseDone", "SessionEnded"]);
});
