import { RealtimeServerSessionMessage, RealtimeServerToolResultMessage, type RealtimeServerMessage } from "@voxline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { geminiProtocol } from "./gemini-protocol.ts";
import { Driver, type ServerFrame } from "./testing/driver.ts";
import { answered, called, created, done, heard, input } from "./testing/messages.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HOUR = 3_600_000;
const user = (text: string) => ({ role: "user", contents: [{ type: "text", text }] });
const model = (text: string) => ({ role: "assistant", contents: [{ type: "text", text }] });

function store() {
  const protocol = geminiProtocol({ frames: "text" });
  const connect = (key?: string) => new Driver(key === undefined ? { protocol } : { protocol, key });
  return { protocol, connect };
}

/** A turn that ends, and the handle it brings. */
function handleOf(driver: Driver, responseId: string, answer: string): string {
  const frames = driver.show(created(responseId), answered(answer, responseId), done(responseId));
  const handle = frames.at(-1)?.sessionResumptionUpdate?.newHandle;
  if (handle === undefined) throw new TypeError("a handle was expected");
  return handle;
}

test("a handle comes with each turn that ends, and is taken back while the next runs [row 100]", () => {
  const driver = store().connect();
  expect(driver.setup({ sessionResumption: {} })).toMatchObject({ resumption: {}, transcription: {} });
  expect(driver.show(created())).toEqual([]);
  const updates = driver.show(
    done(),
    created("r2"),
    called("c1", "f", {}, { responseId: "r2" }),
    done("r2"),
    created("r3"),
    done("r3"),
  );
  const expected: ServerFrame[] = [
    { sessionResumptionUpdate: { newHandle: expect.stringMatching(/^vxr_[\w-]{8}\.[\w-]{32}$/) as string, resumable: true } },
    { sessionResumptionUpdate: { resumable: false } },
    { sessionResumptionUpdate: { newHandle: expect.stringMatching(/^vxr_[\w-]{8}\.[\w-]{32}$/) as string, resumable: true } },
  ];
  expect(updates.filter((frame) => frame.sessionResumptionUpdate !== undefined)).toEqual(expected);
});

test("nobody who did not ask for handles gets any", () => {
  const driver = store().connect();
  driver.setup();
  expect(driver.show(created(), done()).some((frame) => frame.sessionResumptionUpdate !== undefined)).toBe(false);
});

test("a handle brings the whole conversation back, in order: what was written, heard, said, called and answered", () => {
  const { connect } = store();
  const first = connect();
  first.setup({ sessionResumption: {} });
  first.say({
    clientContent: {
      turns: [{ parts: [{ text: "Look:" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] }],
      turnComplete: true,
    },
  });
  first.show(created(), answered("A cat."), done());
  // Spoken words are often known only after the answer.
  first.show(
    input("InputAudioBufferCommitted", "u1"),
    created("r2"),
    called("c1", "get_weather", { city: "Oslo" }, { responseId: "r2" }),
    called("c2", "get_time", {}, { responseId: "r2", handled: true }),
    called("c3", "never_answered", {}, { responseId: "r2", handled: true }),
    done("r2"),
    new RealtimeServerToolResultMessage({ callId: "c2", name: "get_time", result: "noon" }),
  );
  first.say({ toolResponse: { functionResponses: [{ id: "c1", name: "get_weather", response: { temperature: 7 } }] } });
  const handle = handleOf(first, "r3", "Seven degrees.");
  first.show(heard("Completed", "How is Oslo?", "u1"));

  const options = connect().setup({ sessionResumption: { handle } });
  expect(options.resumption).toEqual({});
  expect(options.history).toEqual([
    {
      role: "user",
      contents: [
        { type: "text", text: "Look:" },
        { type: "text", text: "(a picture)" },
      ],
    },
    model("A cat."),
    user("How is Oslo?"),
    { contents: [{ type: "functionCall", callId: "c1", name: "get_weather", arguments: `{"city":"Oslo"}` }] },
    { contents: [{ type: "functionCall", callId: "c2", name: "get_time", arguments: "{}" }] },
    { contents: [{ type: "functionResult", callId: "c2", name: "get_time", result: "noon", isError: false }] },
    { contents: [{ type: "functionResult", callId: "c1", name: "get_weather", result: { temperature: 7 } }] },
    model("Seven degrees."),
  ]);
});

test("what is said after a resumption is added to what was said before it", () => {
  const { connect } = store();
  const first = connect();
  first.setup({ sessionResumption: {} });
  const second = connect();
  second.setup({ sessionResumption: { handle: handleOf(first, "r1", "One.") } });
  second.show(heard("Completed", "And?", "u1"));
  const third = connect().setup({ sessionResumption: { handle: handleOf(second, "r1", "Two.") } });
  expect(third.history).toEqual([model("One."), user("And?"), model("Two.")]);
});

test("a handle is good for two hours, the last two of a conversation are kept, and each is for its owner alone", () => {
  const { connect } = store();
  const driver = connect("k1");
  driver.setup({ sessionResumption: {} });
  const [first, second, third] = ["r1", "r2", "r3"].map((id) => handleOf(driver, id, id));
  const unknown = { code: 1007, reason: "The session resumption handle is unknown or has expired." };
  const take = (handle: string | undefined, key?: string) =>
    connect(key).act({ setup: { model: "m", sessionResumption: { handle: handle ?? "" } } });
  const refused = (handle: string | undefined, key?: string) =>
    expect(take(handle, key)).toMatchObject({ type: "close", ...unknown });
  refused(first, "k1");
  refused(third, "k2");
  refused(third);
  refused(`${third?.slice(0, 13) ?? ""}guessed`, "k1");
  vi.advanceTimersByTime(2 * HOUR - 1);
  expect(take(second, "k1")).toMatchObject({ type: "open" });
  expect(take(third, "k1")).toMatchObject({ type: "open" });
  vi.advanceTimersByTime(1);
  refused(third, "k1");
});

test("a token is for one connection, so the next may take up what another began", () => {
  const { connect } = store();
  const driver = connect("auth_tokens/a");
  driver.setup({ sessionResumption: {} });
  const handle = handleOf(driver, "r1", "One.");
  expect(connect("auth_tokens/b").setup({ sessionResumption: { handle } }).history).toEqual([model("One.")]);
});

test("handles are bounded: the oldest gives way", () => {
  const { connect } = store();
  const handles: string[] = [];
  for (let count = 0; count < 501; count++) {
    const driver = connect();
    driver.setup({ sessionResumption: {} });
    handles.push(handleOf(driver, "r1", `One of ${count}.`), handleOf(driver, "r2", `Two of ${count}.`));
  }
  const take = (index: number) =>
    connect().act({ setup: { model: "m", sessionResumption: { handle: handles[index] ?? "" } } })?.type;
  expect([take(0), take(1), take(2), take(1_001)]).toEqual(["close", "close", "open", "open"]);
});

test("a long conversation is kept from its end", () => {
  const { connect } = store();
  const driver = connect();
  driver.setup({ sessionResumption: {} });
  const long = "x".repeat(60 * 1024);
  for (const id of ["r1", "r2", "r3"]) driver.show(created(id), answered(id + long, id), done(id));
  const options = connect().setup({ sessionResumption: { handle: handleOf(driver, "r4", "End.") } });
  expect(options.history?.map((item) => (item.contents[0]?.type === "text" ? item.contents[0].text.slice(0, 4) : ""))).toEqual([
    "r2xx",
    "r3xx",
    "End.",
  ]);
});

test("a provider that keeps sessions gives its own handles, which are passed on both ways [row 100]", () => {
  const { connect } = store();
  const native = (resumptionHandle?: string) =>
    new RealtimeServerSessionMessage("SessionResumptionUpdated", { resumptionHandle }) as RealtimeServerMessage;
  const driver = connect();
  expect(driver.setup({ sessionResumption: { handle: "theirs-1" } }).resumption).toEqual({ handle: "theirs-1" });
  expect(driver.show(native("theirs-2"), created(), native(), done())).toEqual([
    { sessionResumptionUpdate: { newHandle: "theirs-2", resumable: true } },
    { sessionResumptionUpdate: { resumable: false } },
    { serverContent: { generationComplete: true } },
    { serverContent: { turnComplete: true } },
  ]);
  const silent = connect();
  silent.setup();
  expect(silent.show(native("theirs-3"))).toEqual([]);
});
