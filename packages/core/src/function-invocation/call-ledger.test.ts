import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallLedger, type LedgerRules } from "./call-ledger.ts";

const RULES: LedgerRules = { maxRoundsPerTurn: 40, maxConsecutiveErrors: 3, providerContinues: false, appContinues: false };

function ledger(rules: Partial<LedgerRules> = {}): CallLedger<string, string> {
  return new CallLedger<string, string>({ ...RULES, ...rules });
}

/** Response `r` with calls `r.0`, `r.1`, …, all answered and taken. */
function answered(subject: CallLedger<string, string>, id: string, calls = 1, failed = false): void {
  subject.responseCreated(id, false);
  for (let call = 0; call < calls; call++) subject.callSeen(id, `${id}.${call}`, "pipeline");
  for (let call = 0; call < calls; call++) subject.answer(`${id}.${call}`, "ok", failed);
  subject.takeOutputs();
}

describe("CallLedger", () => {
  it("gives outputs in call order, and the continuation once, after the response is done", () => {
    const subject = ledger();
    subject.responseCreated("r", false);
    expect(subject.callSeen("r", "a", "pipeline")).toBe("run");
    expect(subject.callSeen("r", "b", "pipeline")).toBe("run");
    subject.answer("b", "B", false);
    expect(subject.takeOutputs()).toEqual([]);
    subject.answer("a", "A", false);
    expect(subject.takeOutputs().map((output) => output.output)).toEqual(["A", "B"]);
    expect(subject.takeContinuation()).toBeUndefined();
    subject.responseDone("r", "completed");
    expect(subject.takeContinuation()).toMatchObject({ held: undefined });
    expect(subject.takeContinuation()).toBeUndefined();
  });

  it("runs a call id once", () => {
    const subject = ledger();
    expect(subject.callSeen("r", "a", "pipeline")).toBe("run");
    expect(subject.callSeen("r", "a", "pipeline")).toBe("ignore");
    expect(subject.callSeen("s", "a", "pipeline")).toBe("ignore");
    expect(subject.callSeen("s", "a", "pipeline", "something else")).toBe("mismatch");
  });

  it.each(["cancelled", "failed"])("does not continue a response that %s", (status) => {
    const subject = ledger();
    answered(subject, "r");
    subject.responseDone("r", status);
    expect(subject.takeContinuation()).toBeUndefined();
  });

  it("does not continue after a new user turn, but still gives the output", () => {
    const subject = ledger();
    subject.responseCreated("r", false);
    subject.callSeen("r", "a", "pipeline");
    subject.responseDone("r", "completed");
    subject.userTurn();
    subject.answer("a", "late", false);
    expect(subject.takeOutputs()).toHaveLength(1);
    expect(subject.takeContinuation()).toBeUndefined();
  });

  it("continues behind a newer response that has not read the outputs, not behind one that has", () => {
    const filler = ledger();
    filler.responseCreated("r", false);
    filler.callSeen("r", "a", "pipeline");
    filler.responseDone("r", "completed");
    filler.appAsked();
    filler.responseCreated("filler", false);
    filler.answer("a", "ok", false);
    filler.takeOutputs();
    // Not while the filler speaks: the user may still interrupt it.
    expect(filler.takeContinuation()).toBeUndefined();
    filler.responseDone("filler", "completed");
    expect(filler.takeContinuation()).toMatchObject({ held: undefined });

    const knowing = ledger();
    answered(knowing, "r");
    knowing.responseCreated("newer", false);
    knowing.responseDone("r", "completed");
    expect(knowing.takeContinuation()).toBeUndefined();
  });

  it("lets a ResponseCreate of the application, asked for while the response was active, be the continuation", () => {
    const subject = ledger();
    subject.responseCreated("r", false);
    subject.callSeen("r", "a", "pipeline");
    expect(subject.fateOfAsk("mine")).toBe("pass");
    subject.appAsked();
    subject.answer("a", "ok", false);
    subject.takeOutputs();
    subject.responseDone("r", "completed");
    expect(subject.takeContinuation()).toBeUndefined();
  });

  it("holds the application's ResponseCreate until a mixed set is complete, and absorbs one that comes too late", () => {
    const subject = ledger();
    subject.responseCreated("r", false);
    subject.callSeen("r", "a", "app");
    subject.callSeen("r", "b", "pipeline");
    subject.responseDone("r", "completed");
    subject.appAnswered("a");
    expect(subject.fateOfAsk("mine")).toBe("hold");
    expect(subject.heldCount).toBe(1);
    expect(subject.takeContinuation()).toBeUndefined();
    subject.answer("b", "ok", false);
    subject.takeOutputs();
    expect(subject.takeContinuation()).toMatchObject({ held: "mine" });

    const late = ledger();
    late.callSeen("r", "a", "app");
    late.responseDone("r", "completed");
    late.appAnswered("a");
    expect(late.takeContinuation()).toMatchObject({ held: undefined });
    expect(late.fateOfAsk("mine")).toBe("absorb");
    late.responseCreated("s", false);
    expect(late.fateOfAsk("mine")).toBe("pass");
  });

  it("absorbs nothing once its own continuation was lost, or the user has begun a new turn", () => {
    for (const happens of ["continuationLost", "userTurn"] as const) {
      const subject = ledger();
      subject.callSeen("r", "a", "app");
      subject.responseDone("r", "completed");
      subject.appAnswered("a");
      subject.takeContinuation();
      subject[happens]();
      expect(subject.fateOfAsk("mine")).toBe("pass");
    }
  });

  it("gives back every ResponseCreate it held and does not send", () => {
    const subject = ledger();
    subject.callSeen("r", "a", "app");
    subject.responseDone("r", "completed");
    expect([subject.fateOfAsk("first"), subject.fateOfAsk("second")]).toEqual(["hold", "hold"]);
    expect(subject.heldCount).toBe(2);
    expect(subject.takeDropped()).toEqual(["first"]);
    subject.appAnswered("a");
    expect(subject.takeContinuation()).toMatchObject({ held: "second" });
    expect(subject.heldCount).toBe(0);
  });

  it("takes over a call the application does not answer, and refuses what it says later", () => {
    const subject = ledger();
    subject.callSeen("r", "a", "app");
    subject.responseDone("r", "completed");
    expect(subject.refusesAnswer("a")).toBe(false);
    expect(subject.appExpired("a")).toBe(true);
    expect(subject.takeOutputs()).toEqual([]);
    expect(subject.takeContinuation()).toMatchObject({ responseKeys: ["r"] });
    expect([subject.refusesAnswer("a"), subject.appAnswered("a"), subject.appExpired("a")]).toEqual([true, false, false]);
  });

  it("brings a response whose call was just allowed into the turn that allowed it", () => {
    const subject = ledger();
    subject.callSeen("r", "a", "pipeline");
    subject.responseDone("r", "completed");
    subject.userTurn();
    subject.renew("r");
    subject.answer("a", "ok", false);
    subject.takeOutputs();
    expect(subject.takeContinuation()).toMatchObject({ responseKeys: ["r"] });
  });

  it("drops what is held when the user begins a new turn", () => {
    const subject = ledger();
    subject.callSeen("r", "a", "app");
    subject.fateOfAsk("mine");
    subject.userTurn();
    expect(subject.takeDropped()).toEqual(["mine"]);
    expect(subject.heldCount).toBe(0);
    expect(subject.fateOfAsk("next")).toBe("pass");
  });

  it("leaves asking to an application that said it does so, and to a provider that goes on by itself", () => {
    const app = ledger({ appContinues: true });
    app.callSeen("r", "a", "app");
    app.responseDone("r", "completed");
    app.appAnswered("a");
    expect(app.takeContinuation()).toBeUndefined();
    expect(app.fateOfAsk("mine")).toBe("pass");

    const provider = ledger({ providerContinues: true });
    answered(provider, "r");
    provider.responseDone("r", "completed");
    expect(provider.takeContinuation()).toBeUndefined();
  });

  it("limits the rounds of one turn, and starts afresh with the next", () => {
    const subject = ledger({ maxRoundsPerTurn: 2 });
    for (const id of ["r1", "r2"]) {
      answered(subject, id);
      subject.responseDone(id, "completed");
      expect(subject.takeContinuation()).toMatchObject({ held: undefined });
    }
    subject.responseCreated("r3", false);
    expect(subject.callSeen("r3", "c", "pipeline")).toBe("limited");
    subject.answer("c", "limit", true);
    expect(subject.takeOutputs()).toHaveLength(1);
    subject.responseDone("r3", "completed");
    expect(subject.takeContinuation()).toMatchObject({ responseKeys: ["r3"], isFinal: true });
    // Whatever the model does in its final answer, the turn has had it.
    subject.responseCreated("r3b", false);
    expect(subject.callSeen("r3b", "c2", "pipeline")).toBe("limited");
    subject.answer("c2", "limit", true);
    expect(subject.takeOutputs()).toHaveLength(1);
    subject.responseDone("r3b", "completed");
    expect(subject.takeContinuation()).toBeUndefined();
    subject.userTurn();
    expect(subject.callSeen("r4", "d", "pipeline")).toBe("run");
  });

  it("stops after three rounds in a row in which every call failed", () => {
    const subject = ledger();
    for (const id of ["r1", "r2", "r3"]) {
      answered(subject, id, 2, true);
      subject.responseDone(id, "completed");
      expect(subject.takeContinuation()).toMatchObject({ held: undefined });
    }
    expect(subject.callSeen("r4", "c", "pipeline")).toBe("limited");
  });

  it("gives a withdrawn call to the reader alone", () => {
    const subject = ledger();
    subject.callSeen("r", "a", "pipeline");
    subject.callWithdrawn("a");
    subject.answer("a", "late", false);
    expect(subject.takeOutputs()).toMatchObject([{ callId: "a", withdrawn: true }]);
    subject.responseDone("r", "completed");
    expect(subject.takeContinuation()).toBeUndefined();
  });

  it("keeps apart responses and calls of providers that name no responses", () => {
    const subject = ledger();
    subject.responseCreated(undefined, false);
    subject.callSeen(undefined, "a", "pipeline");
    subject.responseDone(undefined, "completed");
    subject.answer("a", "ok", false);
    subject.takeOutputs();
    expect(subject.takeContinuation()).toMatchObject({ held: undefined });
    subject.responseCreated(undefined, false);
    subject.callSeen(undefined, "b", "pipeline");
    subject.answer("b", "ok", false);
    subject.takeOutputs();
    expect(subject.takeContinuation()).toBeUndefined();
    subject.responseDone(undefined, undefined);
    expect(subject.takeContinuation()).toMatchObject({ held: undefined });
  });

  it("keeps its promises whatever happens in whatever order", () => {
    // Few ids, so that events meet: calls with their answers, responses with their ends.
    const id = fc.integer({ min: 0, max: 2 });
    const event = fc.oneof(
      fc.record({ kind: fc.constant("created" as const), r: id }),
      fc.record({
        kind: fc.constant("done" as const),
        r: id,
        status: fc.constantFrom("completed", "cancelled", "failed", "incomplete", undefined),
      }),
      fc.record({
        kind: fc.constant("call" as const),
        r: id,
        c: id,
        owner: fc.constantFrom("pipeline" as const, "pipeline" as const, "app" as const),
      }),
      fc.record({ kind: fc.constant("answer" as const), r: id, c: id, failed: fc.boolean() }),
      fc.record({ kind: fc.constantFrom("appAnswer" as const, "withdraw" as const), r: id, c: id }),
      fc.record({
        kind: fc.constantFrom("turn" as const, "commit" as const, "ask" as const, "cancel" as const, "take" as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const subject = ledger();
        const order = new Map<string, string[]>();
        const owners = new Map<string, string>();
        const answers = new Set<string>();
        const done = new Set<string>();
        const taken: string[] = [];
        const continued = new Set<string>();
        const turnOf = new Map<string, number>();
        let turn = 0;
        let held = 0;
        let returned = 0;
        const take = (): void => {
          for (const { callId, responseKey } of subject.takeOutputs()) {
            expect(answers.has(callId)).toBe(true);
            expect(taken).not.toContain(callId);
            taken.push(callId);
            const mine = (order.get(responseKey) ?? []).filter((call) => owners.get(call) === "pipeline");
            const soFar = taken.filter((call) => mine.includes(call));
            expect(soFar).toEqual(mine.slice(0, soFar.length));
          }
          const due = subject.takeContinuation();
          if (due === undefined) return;
          if (due.held !== undefined) returned += 1;
          expect(due.responseKeys.length).toBeGreaterThan(0);
          for (const key of due.responseKeys) {
            expect(continued.has(key)).toBe(false);
            continued.add(key);
            expect(done.has(key)).toBe(true);
            expect(turnOf.get(key)).toBe(turn);
            const calls = order.get(key) ?? [];
            expect(calls.length).toBeGreaterThan(0);
            for (const call of calls) expect(owners.get(call) === "app" ? answers.has(call) : taken.includes(call)).toBe(true);
          }
          expect(subject.takeContinuation()).toBeUndefined();
        };
        for (const step of events) {
          switch (step.kind) {
            case "created":
              if (done.has(`r${step.r}`)) break;
              if (!turnOf.has(`r${step.r}`)) turnOf.set(`r${step.r}`, turn);
              subject.responseCreated(`r${step.r}`, false);
              break;
            case "done":
              if (subject.responseDone(`r${step.r}`, step.status) !== undefined) done.add(`r${step.r}`);
              break;
            case "call": {
              const call = `r${step.r}.${step.c}`;
              const fate = subject.callSeen(`r${step.r}`, call, step.owner);
              expect(fate === "ignore").toBe(owners.has(call));
              if (fate === "ignore") break;
              owners.set(call, step.owner);
              if (!turnOf.has(`r${step.r}`)) turnOf.set(`r${step.r}`, turn);
              order.set(`r${step.r}`, [...(order.get(`r${step.r}`) ?? []), call]);
              if (fate === "limited" || fate === "cancelled") {
                subject.answer(call, fate, true);
                answers.add(call);
              }
              break;
            }
            case "answer": {
              const call = `r${step.r}.${step.c}`;
              if (owners.get(call) !== "pipeline") break;
              subject.answer(call, "ok", step.failed);
              answers.add(call);
              break;
            }
            case "appAnswer": {
              const call = `r${step.r}.${step.c}`;
              if (owners.get(call) !== "app") break;
              subject.appAnswered(call);
              answers.add(call);
              break;
            }
            case "withdraw": {
              const call = `r${step.r}.${step.c}`;
              subject.callWithdrawn(call);
              if (owners.get(call) === "app") answers.add(call);
              break;
            }
            case "turn":
              subject.userTurn();
              turn += 1;
              break;
            case "commit":
              if (subject.inputCommitted()) turn += 1;
              break;
            case "cancel":
              subject.cancelAsked(undefined);
              break;
            case "ask": {
              const fate = subject.fateOfAsk("ask");
              if (fate === "hold") held += 1;
              if (fate === "pass") subject.appAsked();
              break;
            }
            case "take":
              take();
          }
        }
        take();
        // What is answered is sent once everything in front of it is; nothing answered is lost.
        for (const [, calls] of order) {
          const mine = calls.filter((call) => owners.get(call) === "pipeline");
          const gap = mine.findIndex((call) => !answers.has(call));
          for (const call of gap < 0 ? mine : mine.slice(0, gap)) expect(taken.filter((one) => one === call)).toHaveLength(1);
        }
        const dropped = subject.takeDropped().length;
        expect(returned + dropped + subject.heldCount).toBeLessThanOrEqual(held);
      }),
      { numRuns: 3_000 },
    );
  });
});
