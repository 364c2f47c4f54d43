import { describe, expect, it } from "vitest";
import { RealtimeClientResponseCreateMessage } from "./messages/client-messages.ts";
import { RealtimeServerErrorMessage, RealtimeServerResponseCreatedMessage } from "./messages/server-messages.ts";
import { ResponseGate } from "./response-gate.ts";

const CONFLICT = "conversation_already_has_active_response";
const ask = (id: string, excludeFromConversation = false): RealtimeClientResponseCreateMessage =>
  new RealtimeClientResponseCreateMessage({ messageId: id, excludeFromConversation });
const created = (responseId: string) => new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId });
const done = (responseId: string) => new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId });
const error = (code: string, originatingMessageId: string) =>
  new RealtimeServerErrorMessage({ error: { code, message: code }, originatingMessageId });

const setUp = () => {
  const written: string[] = [];
  const gate = new ResponseGate(CONFLICT, (_message, messageId) => void written.push(messageId));
  return { gate, written };
};

describe("the response gate", () => {
  it("writes one at a time, in order, each when the one before is done", () => {
    const { gate, written } = setUp();
    for (const id of ["a", "b", "c"]) gate.request(ask(id));
    expect(written).toEqual(["a"]);
    gate.observe(created("r1"));
    expect(written).toEqual(["a"]);
    gate.observe(done("r1"));
    expect(written).toEqual(["a", "b"]);
    gate.observe(created("r2"));
    gate.observe(done("r2"));
    expect(written).toEqual(["a", "b", "c"]);
  });

  it("waits for a response the provider started by itself", () => {
    const { gate, written } = setUp();
    gate.observe(created("by-vad"));
    gate.request(ask("a"));
    expect([written, gate.heldCount, gate.activeResponseId]).toEqual([[], 1, "by-vad"]);
    gate.observe(done("by-vad"));
    expect(written).toEqual(["a"]);
  });

  it("takes a lost race back, does not show it, and asks again later", () => {
    const { gate, written } = setUp();
    gate.request(ask("a"));
    gate.observe(created("by-vad"));
    expect(gate.observe(error(CONFLICT, "a"))).toBe(false);
    expect(written).toEqual(["a"]);
    gate.observe(done("by-vad"));
    expect(written).toEqual(["a", "a"]);
  });

  it("shows any other refusal, and goes on with the next", () => {
    const { gate, written } = setUp();
    gate.request(ask("a"));
    gate.request(ask("b"));
    expect(gate.observe(error("invalid_value", "a"))).toBe(true);
    expect(written).toEqual(["a", "b"]);
  });

  it("does not ask again for an answered request, whatever comes late with its id", () => {
    const { gate, written } = setUp();
    gate.request(ask("a"));
    gate.observe(created("r1"));
    gate.observe(done("r1"));
    expect(gate.observe(error(CONFLICT, "a"))).toBe(true);
    expect(written).toEqual(["a"]);
  });

  it("lets responses outside the conversation pass beside the active one", () => {
    const { gate, written } = setUp();
    gate.observe(created("r1"));
    gate.request(ask("outside", true));
    expect(written).toEqual(["outside"]);
  });

  it("is not wedged by a write that throws", () => {
    let broken = true;
    const written: string[] = [];
    const gate = new ResponseGate(CONFLICT, (_message, messageId) => {
      if (broken) throw new TypeError("no");
      written.push(messageId);
    });
    expect(() => gate.request(ask("a"))).toThrow("no");
    broken = false;
    gate.request(ask("b"));
    expect(written).toEqual(["b"]);
  });

  it("holds 32 and no more", () => {
    const { gate } = setUp();
    gate.observe(created("r1"));
    for (let i = 0; i < 32; i++) gate.request(ask(String(i)));
    expect(() => gate.request(ask("one too many"))).toThrow(/32 ResponseCreate messages already wait/);
  });
});
