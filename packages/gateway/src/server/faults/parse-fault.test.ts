import { expect, test } from "vitest";
import { RealtimeGateway } from "../gateway.ts";
import { ScriptedClient } from "@voxline/core/testing";
import { FAULT_DESCRIPTIONS, parseFaults } from "./parse-fault.ts";
import { SCENARIO_DESCRIPTIONS } from "./scenarios.ts";

test.each([
  ["delay=200", { kind: "delay", ms: 200 }],
  ["jitter=1.5s@2m", { kind: "jitter", ms: 1_500, at: { afterMs: 120_000 } }],
  ["drop=0.02", { kind: "drop", share: 0.02 }],
  ["duplicate@3", { kind: "duplicate", at: { frame: 3 } }],
  [
    "malformed=1@response.*.delta#2",
    { kind: "malformed", share: 1, at: { event: "response.*.delta" }, connections: { first: 2, last: 2 } },
  ],
  ["unknown-event@500ms#1-3", { kind: "unknown-event", at: { afterMs: 500 }, connections: { first: 1, last: 3 } }],
  ["missing-field=response.usage@4", { kind: "missing-field", field: "response.usage", at: { frame: 4 } }],
  ["late-deltas", { kind: "late-deltas" }],
  ["late-deltas=5:after-done", { kind: "late-deltas", count: 5, afterDone: true }],
  ["late-transcripts", { kind: "late-transcripts" }],
  ["no-response-done=cancelled", { kind: "no-response-done", only: "cancelled" }],
  ["close=1011@10s:it broke: twice", { kind: "close", code: 1011, at: { afterMs: 10_000 }, reason: "it broke: twice" }],
  ["close=4000", { kind: "close", code: 4_000 }],
  ["expire=30@60s:close-first", { kind: "expire", at: { afterMs: 60_000 }, minutes: 30, order: "close-first" }],
  ["go-away=50s@toolCall:silence", { kind: "go-away", at: { event: "toolCall" }, timeLeftMs: 50_000, silence: true }],
  ["not-resumable@5", { kind: "not-resumable", at: { frame: 5 } }],
  ["silent", { kind: "silent" }],
  ["refuse=429:20", { kind: "refuse", status: 429, retryAfter: "20" }],
  ["cap=2", { kind: "cap", most: 2 }],
  ["slow-reader=500@1s", { kind: "slow-reader", bytesPerSecond: 500, at: { afterMs: 1_000 } }],
  ["slow-pong=8s-30s", { kind: "slow-pong", leastMs: 8_000, mostMs: 30_000 }],
  ["close-unanswered", { kind: "close-unanswered" }],
  ["response-race", { kind: "response-race" }],
  ["cancel-too-late#1", { kind: "cancel-too-late", connections: { first: 1, last: 1 } }],
  ["resume-poison=1007", { kind: "resume-poison", code: 1_007 }],
  ["resume-while-open", { kind: "resume-while-open" }],
])("%s", (spec, fault) => {
  expect(parseFaults([spec])).toEqual([fault]);
});

test("a scenario is the faults it is made of, with its argument and for the connections it is given", () => {
  expect(parseFaults(["gemini.58min=58s#1"])).toEqual([
    { kind: "expire", at: { afterMs: 58_000 }, minutes: 58, order: "close-first", connections: { first: 1, last: 1 } },
  ]);
  expect(parseFaults(["gemini.goaway-mid-tool"])).toEqual([
    { kind: "not-resumable", at: { event: "toolCall" }, connections: { first: 1, last: 1 } },
    { kind: "go-away", at: { event: "toolCall" }, timeLeftMs: 50_000, connections: { first: 1, last: 1 } },
  ]);
});

test.each([
  ["", /written name\[=value\]/],
  ["storm", /there is no such fault/],
  ["constructor", /there is no such fault/],
  ["delay", /it is written delay=MS\[@WHEN\]/],
  ["delay=soon", /"soon" is no time/],
  ["delay=2h", /"2h" is no time/],
  ["delay=61m", /ms is 0 to 3600000, got 3660000/],
  ["drop", /needs a moment or a share/],
  ["drop=2", /share is 0 to 1, got 2/],
  ["drop@0", /frame is 1 to/],
  ["drop@5 frames", /is no frame's number, no time and no event/],
  ["drop@1#3-2", /last is 3 to/],
  ["close", /it is written close=CODE/],
  ["close=1004", /code is 1000–1003/],
  ["close=1015", /code is 1000–1003/],
  ["close=5000", /code is 1000–1003/],
  [`close=1011:${"é".repeat(62)}`, /at most 123 bytes/],
  ["expire", /it is written expire\[=MINUTES\]@WHEN/],
  ["expire@1m:never", /"never" is none of error-first, close-first/],
  ["silent:please", /it is written silent\[@WHEN\]/],
  ["refuse=200", /status is 300 to 599, got 200/],
  ["refuse=429@5", /it is written refuse=STATUS/],
  ["refuse=429:a\r\nSet-Cookie: b", /is a header's value/],
  ["slow-pong=30s-8s", /mostMs is 30000 to/],
  ["gemini.58min=late", /"late" is no time/],
  ["gemini.58min=60", /"60" is no time/],
  ["openai.close-unanswered=3", /takes no value/],
  ["twilio.clear-missing", /between the gateway's client and a telephone/],
  ["echo-loop", /between the client's loudspeaker and its microphone/],
  ["openai.reconnect-missed", /which only the client can do/],
])('"%s" is refused', (spec, why) => {
  expect(() => parseFaults([spec])).toThrowError(
    expect.objectContaining({ code: "config.invalid", message: expect.stringMatching(why) }),
  );
});

test("a plan that cannot be meant is refused where it is given", () => {
  const gateway = (faults: object): RealtimeGateway =>
    new RealtimeGateway({ client: new ScriptedClient(), faults: faults as never });
  expect(() => gateway({ faults: [{ kind: "drop", share: Number.NaN }] })).toThrowError(
    expect.objectContaining({ code: "config.invalid" }),
  );
  expect(() => gateway({ seed: 1.5, faults: [] })).toThrowError(expect.objectContaining({ code: "config.invalid" }));
});

test("every fault and every scenario of the field notes can be listed", () => {
  expect(FAULT_DESCRIPTIONS.map(({ usage }) => usage.split(/[=[@]/)[0])).toEqual([
    "delay",
    "jitter",
    "drop",
    "duplicate",
    "malformed",
    "unknown-event",
    "missing-field",
    "late-deltas",
    "late-transcripts",
    "no-response-done",
    "close",
    "expire",
    "go-away",
    "not-resumable",
    "silent",
    "refuse",
    "cap",
    "slow-reader",
    "slow-pong",
    "close-unanswered",
    "response-race",
    "cancel-too-late",
    "resume-poison",
    "resume-while-open",
  ]);
  expect(SCENARIO_DESCRIPTIONS.map(({ usage, notHere }) => (notHere === undefined ? usage : `(${usage})`))).toEqual([
    "openai.close-unanswered",
    "openai.expire.error-first[=TIME]",
    "openai.expire.close-first[=TIME]",
    "openai.active-response-race",
    "openai.cancel-not-active",
    "openai.mid-response-drop",
    "(openai.reconnect-missed)",
    "azure.expire-30[=TIME]",
    "gemini.1006-stuck[=TIME]",
    "gemini.goaway-silence[=TIME]",
    "gemini.goaway-mid-tool[=TIMELEFT]",
    "gemini.slow-pong[=LEAST-MOST]",
    "gemini.resume-while-old-open",
    "gemini.resume-poison[=CODE]",
    "gemini.58min[=TIME]",
    "handshake-ok-then-close",
    "retry-storm[=MOST]",
    "(twilio.clear-missing)",
    "(echo-loop)",
  ]);
});
