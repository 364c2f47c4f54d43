import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { functionInvocation } from "../function-invocation/function-invocation.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { frame, goingAway, lose, refusal, startCall, wait, type Call } from "./continuity.kit.ts";
import { Service, type ServiceInit } from "./service.kit.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A tool that takes its time, and counts. */
function tool(runs: string[], ms: number): FunctionTool {
  return {
    type: "function",
    name: "look",
    parameters: { type: "object" },
    invoke: (_args, { callId }) =>
      new Promise((resolve) => {
        runs.push(callId);
        setTimeout(resolve, ms, "sunny");
      }),
  };
}

/** Somebody who talks: what they said, frame by frame. */
class Caller {
  readonly frames: { number: number; isSpeech: boolean }[] = [];
  readonly #call: Call;
  readonly #frameMs: number;

  constructor(call: Call, frameMs: number) {
    this.#call = call;
    this.#frameMs = frameMs;
  }

  async say(isSpeech: boolean, ms: number): Promise<void> {
    for (let said = 0; said < ms; said += this.#frameMs) {
      const number = this.frames.length;
      this.frames.push({ number, isSpeech });
      this.#call.session.send(frame(number, isSpeech, this.#frameMs));
      await wait(this.#frameMs);
    }
  }
}

describe.each([
  ["60 minutes", { capMs: 3_600_000 }, 3],
  ["10 minutes", { capMs: 600_000 }, 20],
] as const)("[F74] three hours over connections of %s", (_name, cap: ServiceInit, renewals) => {
  it.each([
    ["outside, where the tools are", true, true],
    ["inside", false, true],
    ["outside, with nothing written down", true, false],
  ] as const)(
    "function invocation %s: nothing is lost or doubled, no tool runs twice",
    async (_where, isOutside, transcribes) => {
      let dice = 1;
      vi.spyOn(Math, "random").mockImplementation(() => (dice = (dice * 16_807) % 2_147_483_647) / 2_147_483_647);
      const service = new Service({ ...cap, transcribes, callsEvery: 3 });
      const runs: string[] = [];
      const tools = functionInvocation({ tools: [tool(runs, 3_000)] });
      const call = await startCall({
        capabilities: { maxSessionMs: cap.capMs ?? 0 },
        onOpen: () => service.open(),
        [isOutside ? "outside" : "inside"]: [tools],
      });
      const caller = new Caller(call, 500);
      while (caller.frames.length * 500 < 3 * 3_600_000) {
        await caller.say(true, 2_000);
        await caller.say(false, 10_000);
      }
      service.judge(call.client.sessions, caller.frames);
      const reports = call.reports();
      expect(reports.length).toBeGreaterThanOrEqual(renewals);
      expect(reports.length).toBeLessThanOrEqual(renewals + 2);
      expect(call.client.sessions).toHaveLength(reports.length + 1);
      for (const report of reports) {
        expect(report).toMatchObject({ kind: "planned", cause: "renewal", attempts: 1, lostAudioMs: 0, heldAudioMs: 0 });
        // Between turns, in a moment: only the last second of a quiet line is sent again.
        expect(report.gapMs).toBe(0);
        expect(report.resentAudioMs).toBe(1_000);
      }
      expect(service.calls).toHaveLength(300);
      expect(new Set(service.calls).size).toBe(300);
      expect(runs).toHaveLength(300);
      expect(service.asked, "each result is gone on from once").toBe(300);
      expect(call.received.filter((message) => message.type === "ResponseDone" && message.status !== "completed")).toEqual([]);
      expect(call.received.filter((message) => message.type === "ToolResult")).toHaveLength(300);
      await call.session.close();
      expect(vi.getTimerCount()).toBe(0);
    },
    60_000,
  );
});

describe("any call", () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("speak" as const), ms: fc.constantFrom(40, 200, 1_000, 3_000) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant("rest" as const), ms: fc.constantFrom(20, 200, 700, 1_500, 4_000) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("lose" as const),
        code: fc.constantFrom("connection.lost" as const, "connection.closed" as const, "session.expired" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("last" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("refuse" as const), count: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("goAway" as const), ms: fc.constantFrom(undefined, 500, 5_000, 60_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("slow" as const), ms: fc.constantFrom(50, 900) }) },
  );

  it("[F27] [F30] [F76] [F84] whatever happens to its connections: no frame is lost or doubled, no tool runs twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.record({ transcribes: fc.boolean(), callsEvery: fc.constantFrom(undefined, 2), resumes: fc.boolean() }),
        fc.constantFrom("outside" as const, "inside" as const),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (steps, init, where, dice) => {
          vi.useFakeTimers();
          vi.spyOn(Math, "random").mockImplementation(() => dice.next().value as number);
          const service = new Service(init as ServiceInit);
          const runs: string[] = [];
          let refusals = 0;
          let openingMs = 0;
          const call = await startCall({
            onOpen: async (_number, { resumption }) => {
              if (openingMs > 0) await new Promise((resolve) => setTimeout(resolve, openingMs));
              if (refusals > 0) {
                refusals -= 1;
                throw refusal("connect.refused", true);
              }
              return service.open(resumption?.handle);
            },
            capabilities: { resume: init.resumes },
            [where]: [functionInvocation({ tools: [tool(runs, 1_000)] })],
          });
          const caller = new Caller(call, 20);
          let losses = 0;
          /** Attempts that can be under way at once: five are the end, and only a connection that lasts starts the count anew. */
          let attempts = 0;
          for (const one of steps) {
            switch (one.do) {
              case "speak":
                await caller.say(true, one.ms);
                break;
              case "rest":
                await caller.say(false, one.ms);
                break;
              case "last":
                await caller.say(false, 40_000);
                attempts = refusals;
                break;
              case "lose": {
                const { session } = call.client;
                let isOver = false;
                void session.closed.then(() => (isOver = true));
                await wait(0);
                if (isOver || attempts >= 4) break;
                attempts += 1;
                losses += 1;
                lose(session, one.code);
                break;
              }
              case "refuse":
                if (attempts + one.count > 4) break;
                attempts += one.count;
                refusals += one.count;
                break;
              case "goAway":
                call.client.session.say(goingAway(one.ms));
                break;
              default:
                openingMs = one.ms;
            }
          }
          await caller.say(false, 40_000);
          expect(call.ended).toBeUndefined();
          service.judge(call.client.sessions, caller.frames);
          expect(call.reports(), "every gap is told").toHaveLength(call.client.sessions.length - 1);
          expect(call.reports().filter(({ kind }) => kind === "lost").length).toBeLessThanOrEqual(losses);
          expect(call.reports().every(({ lostAudioMs }) => lostAudioMs === 0)).toBe(true);
          expect(runs).toHaveLength(service.calls.length);
          expect(new Set(service.calls).size).toBe(service.calls.length);
          const begun = call.received.filter((message) => message.type === "ResponseCreated").length;
          const over = call.received.filter((message) => message.type === "ResponseDone").length;
          expect(over, "every response ends once").toBe(begun);
          await call.session.close();
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
      { numRuns: Number(process.env["CONTINUITY_RUNS"] ?? 60) },
    );
  }, 60_000);
});
