// Faults of function invocation and the response gate that the tests must notice. Each is one edit of one file under packages/core/src:
// `find` stands there exactly once and is replaced.

const LEDGER = "function-invocation/call-ledger.ts";
const DESK = "function-invocation/call-desk.ts";
const RUNNER = "function-invocation/call-runner.ts";
const SESSION = "function-invocation/function-invocation-session.ts";
const GATE = "response-gate.ts";

export const edits = [
  {
    name: "continue a response again and again",
    file: LEDGER,
    find: "if (cancelled || covered || continued || excluded",
    replace: "if (cancelled || covered || excluded",
  },
  {
    name: "send an output twice",
    file: LEDGER,
    find: "        this.#settle(call);\n      }\n    }\n    return outputs;",
    replace: "        this.#settle(call);\n        outputs.push(...outputs.slice(-1));\n      }\n    }\n    return outputs;",
  },
  {
    name: "continue before the response is done",
    file: LEDGER,
    find: "if (!this.#mayContinue(response) || !response.done || !isComplete(response)) continue;",
    replace: "if (!this.#mayContinue(response) || !isComplete(response)) continue;",
    and: { find: "if (this.#current !== undefined) return undefined;", replace: "" },
  },
  {
    name: "continue while another response is active",
    file: LEDGER,
    find: "if (this.#current !== undefined) return undefined;",
    replace: "",
  },
  {
    name: "continue before all calls are answered",
    file: LEDGER,
    find: "|| !response.done || !isComplete(response)) continue;",
    replace: "|| !response.done || response.calls.length === 0) continue;",
  },
  {
    name: "continue a cancelled response",
    file: LEDGER,
    find: 'if (status === "cancelled" || status === "failed") response.cancelled = true;',
    replace: "",
  },
  {
    name: "ignore the application's cancel",
    file: SESSION,
    find: "this.#desk.cancelAsked(message.responseId);",
    replace: "",
  },
  {
    name: "run a call that comes twice, twice",
    file: LEDGER,
    find: 'if (known !== undefined) return known.fingerprint === fingerprint ? "ignore" : "mismatch";',
    replace: "",
  },
  {
    name: "send outputs in the order they come",
    file: LEDGER,
    find: "        if (call.answer === undefined) break;\n",
    replace: "        if (call.answer === undefined) continue;\n",
    and: {
      find: "for (; response.next < response.calls.length; response.next++) {\n        const call = response.calls[response.next] as Call<O>;",
      replace: "for (const call of response.calls as Call<O>[]) {",
    },
  },
  {
    name: "continue after barge-in",
    file: LEDGER,
    find: " || excluded || turn !== this.#turn) return false;",
    replace: " || excluded || turn > this.#turn) return false;",
  },
  {
    name: "ask for a final answer again and again",
    file: LEDGER,
    find: "if (due?.isFinal === true) this.#finalSent = true;",
    replace: "",
  },
  {
    name: "run what nobody has allowed",
    file: RUNNER,
    find: 'if (typeof requiresApproval !== "function") return requiresApproval === true;',
    replace: 'if (typeof requiresApproval !== "function") return false;',
  },
  {
    name: "lose the results of calls that the end cut off",
    file: DESK,
    find: "return this.#ledger.takeOutputs().map(resultMessage);",
    replace: "return [];",
  },
  {
    name: "let tools run on after the end",
    file: DESK,
    find: "this.#runner.stop(SESSION_OVER);",
    replace: "",
  },
  {
    name: "leave a timer behind",
    file: DESK,
    find: "this.#appCalls.stop();",
    replace: "",
  },
  {
    name: "answer a call that was taken back",
    file: DESK,
    find: "if (!withdrawn && !this.#over) {",
    replace: "if (!this.#over) {",
  },
  {
    name: "let the gate write while a response is active",
    file: GATE,
    find: "if (this.#asked === undefined && !this.isActive && this.#held.length === 0) {",
    replace: "if (this.#asked === undefined && this.#held.length === 0) {",
  },
  {
    name: "release the gate early",
    file: GATE,
    find: "if (this.isActive || this.#asked !== undefined) return;",
    replace: "if (this.isActive) return;",
  },
  {
    name: "lose what the gate's provider refused",
    file: GATE,
    find: "if (conflict) this.#held.unshift(message);",
    replace: "",
  },
];
