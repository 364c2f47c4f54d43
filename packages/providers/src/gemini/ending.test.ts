import { afterEach, describe, expect, test, vi } from "vitest";
import { RealtimeClientRawMessage } from "@voxline/core";
import { connect, openSession, types } from "./fake-service.kit.ts";

afterEach(() => void vi.useRealTimers());

describe("the end", () => {
  test.each([
    [1011, "Deadline expired before operation could complete.", { code: "session.expired", retryable: true }],
    [1008, "The operation was aborted.", { code: "connection.closed", retryable: true }],
    [1007, "Request contains an invalid argument.", { code: "connection.closed", retryable: false }],
    [1011, "Internal error encountered.", { code: "connection.closed", retryable: true }],
    [1011, "Resource has been exhausted (e.g. check quota).", { code: "quota.rate_limited", retryable: true }],
  ])("[row 47] a close with %i and %j says what it means", async (code, reason, expected) => {
    const { service, session, messages } = await openSession();
    service.transport.close(code, reason);
    const info = await session.closed;
    expect(info).toMatchObject({ code, reason, by: "remote", retryable: expected.retryable });
    expect(info.error).toMatchObject({ ...expected, closeCode: code, sessionId: "session-1" });
    expect(messages.at(-1)).toMatchObject({ type: "SessionEnded", code, reason, endedBy: "remote" });
  });

  test("a goAway says how long is left, and a close behind it is no failure", async () => {
    const { service, session, take } = await openSession();
    service.send({ goAway: { timeLeft: "9.500s" } });
    service.send({ goAway: {} });
    const [first, second] = await take();
    expect(first).toMatchObject({
      type: "SessionGoingAway",
      timeLeftMs: 9_500,
      rawRepresentation: { goAway: { timeLeft: "9.500s" } },
    });
    expect(second).toMatchObject({ type: "SessionGoingAway", timeLeftMs: undefined });
    expect(session.metadata.expiresAt).toBeInstanceOf(Date);
    service.transport.close(1001, "");
    expect((await session.closed).error).toMatchObject({ code: "session.expired", retryable: true, closeCode: 1001 });
  });

  test("a response that a close cuts off ends as failed, before the session does", async () => {
    const { service, session, take } = await openSession();
    service.text("I was");
    service.transport.close(1011, "Internal error encountered.");
    await session.closed;
    expect(types(await take()).slice(-8)).toEqual([
      "OutputTextDelta",
      "OutputTextDone",
      "ResponseContentPartDone",
      "ResponseOutputItemDone",
      "ConversationItemDone",
      "Error",
      "ResponseDone",
      "SessionEnded",
    ]);
    const { service: other, session: ours, take: takeOurs } = await openSession();
    other.text("I was");
    await takeOurs();
    expect(await ours.close()).toMatchObject({ by: "local", error: undefined });
    const last = await takeOurs();
    expect(types(last)).not.toContain("Error");
    expect(last.at(-2)).toMatchObject({ type: "ResponseDone", status: "cancelled", statusReason: "client_cancelled" });
  });

  test("[row 40] nothing is written after the end, and no timer stays", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { service, client } = connect();
    const session = await client.createSession();
    service.text("cut");
    service.send({ serverContent: { interrupted: true } });
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1);
    await session.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(() => session.send(new RealtimeClientRawMessage({}))).toThrow(expect.objectContaining({ code: "lifecycle.closed" }));
  });
});
