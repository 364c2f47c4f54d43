import { fingerprintOf, isComplete, newResponse, type Call, type CallOwner, type Response } from "./ledger-response.ts";

/** What is to be done with a call that was seen. */
export type CallFate =
  /** Run it, then `answer`. */
  | "run"
  /** Not to be run, the limits of this turn are reached: `answer` with a text that says so. */
  | "limited"
  /** Not to be run, its response was cancelled: `answer` with a text that says so. */
  | "cancelled"
  /** The application's. */
  | "app"
  /** Seen before with another name or other arguments: not run, and worth an error. */
  | "mismatch"
  /** Seen before, or none of ours: do nothing. */
  | "ignore";

/** What is to be done with a ResponseCreate of the application. */
export type AskFate =
  /** Send it on. */
  | "pass"
  /** Kept: it comes back from `takeContinuation`. */
  | "hold"
  /** Drop it: the continuation it asks for has just been sent. */
  | "absorb";

export interface LedgerRules {
  readonly maxRoundsPerTurn: number;
  readonly maxConsecutiveErrors: number;
  /** The provider goes on by itself after results, so that no continuation is ever asked for. */
  readonly providerContinues: boolean;
  /** The application asks for the response itself after calls of its own. */
  readonly appContinues: boolean;
}

/** An answer on its way to the model. */
export interface LedgerOutput<O> {
  readonly callId: string;
  readonly responseKey: string;
  readonly output: O;
  /** The provider took the call back: tell the reader, not the model. */
  readonly withdrawn: boolean;
}

/** A continuation to be sent: the application's own, where it asked for one, else one of ours. */
export interface Continuation<H> {
  readonly held: H | undefined;
  /** The responses it continues. */
  readonly responseKeys: readonly string[];
  /** The last of its turn, because a limit was reached: the model is to answer without tools. */
  readonly isFinal: boolean;
}

/** Responses remembered for late calls; older ones with nothing open are forgotten. */
const MAX_RESPONSES = 64;
/** Call ids remembered, so that a call seen twice runs once. */
const MAX_CALL_IDS = 1024;

/**
 * Knows which calls of which response are open, whose they are, when outputs may go to the model and when the model may be asked to
 * go on. Pure: it does nothing itself; after each event, take the outputs and the continuation.
 *
 * The continuation rule. A response R with calls is continued, by one ResponseCreate, when all its calls are answered, all outputs
 * were sent, its ResponseDone was seen and no response is active, unless
 *   1. R was cancelled or failed, or the application asked to cancel it;
 *   2. the user began a new turn after R was created: the answer would be stale, and that turn's own response reads the outputs;
 *      a call that somebody allowed in the new turn brings R into it;
 *   3. a newer response of the conversation was created, or asked for by the application, after R's outputs were sent: it reads them;
 *   4. a limit was reached in R, and the turn has had its final continuation;
 *   5. the provider goes on by itself.
 * A response created before the outputs were sent ("one moment, I am looking") has not read them: R is continued once it is done, and
 * not before, so that speech in between can still call the continuation off. Where several responses are due at once, one continuation
 * serves them all. Where calls of R are the application's, its ResponseCreate is held until the set is complete and is then the
 * continuation.
 */
export class CallLedger<O, H> {
  readonly #rules: LedgerRules;
  readonly #responses = new Map<string, Response<O, H>>();
  readonly #calls = new Map<string, Call<O>>();
  #current: string | undefined;
  #made = 0;
  #turn = 0;
  /** The turn was begun by a sign that a commit may still follow. */
  #turnOpen = false;
  #rounds = 0;
  #errorsInRow = 0;
  /** The continuation that follows a limit was sent in this turn. */
  #finalSent = false;
  /** A continuation for calls of the application was sent and its response not yet created. */
  #absorbing = false;
  readonly #dropped: H[] = [];

  constructor(rules: LedgerRules) {
    this.#rules = rules;
  }

  /** The user speaks, or has written: what came before is stale and the limits start afresh. */
  userTurn(): void {
    this.#turn += 1;
    this.#turnOpen = true;
    this.#rounds = 0;
    this.#errorsInRow = 0;
    this.#finalSent = false;
    this.#absorbing = false;
  }

  /** The client commits the user's audio: says whether that begins a turn, because no speech was noticed before. */
  commitSent(): boolean {
    const begins = !this.#turnOpen;
    if (begins) this.userTurn();
    return begins;
  }

  /** The provider says that the user's audio was committed; the commit of the client, or of speech noticed before, is no new turn. */
  inputCommitted(): boolean {
    const begins = this.commitSent();
    this.#turnOpen = false;
    return begins;
  }

  /** `id` is absent with providers that name no responses. */
  responseCreated(id: string | undefined, excluded: boolean): void {
    const key = id ?? this.#makeKey();
    if (excluded) {
      this.#add(key, true);
      return;
    }
    this.#absorbing = false;
    for (const earlier of this.#responses.values()) {
      if (earlier.key !== key && isComplete(earlier) && !earlier.continued) earlier.covered = true;
    }
    this.#current = key;
    this.#add(key, false);
  }

  /** Gives the response's key, `undefined` where it was not known. Calls of it that wait to be run are the caller's to answer. */
  responseDone(id: string | undefined, status: string | undefined): string | undefined {
    this.#turnOpen = false;
    const response = this.#responses.get(id ?? this.#current ?? "");
    if (response === undefined || response.done) return undefined;
    response.done = true;
    if (this.#current === response.key) this.#current = undefined;
    if (status === "cancelled" || status === "failed") response.cancelled = true;
    if (response.askedDuring && isComplete(response)) response.covered = true;
    this.#endRound(response);
    return response.key;
  }

  /** Whether calls of this response are the application's because it is not part of the conversation. */
  isExcluded(id: string | undefined): boolean {
    return id !== undefined && this.#responses.get(id)?.excluded === true;
  }

  /** The key under which calls without a response id are kept. */
  keyOf(id: string | undefined): string {
    return id ?? this.#current ?? (this.#current = this.#makeKey());
  }

  /** `content` is what the call asks for, its name and arguments as text. */
  callSeen(id: string | undefined, callId: string, owner: CallOwner, content = ""): CallFate {
    const fingerprint = fingerprintOf(content);
    const known = this.#calls.get(callId);
    if (known !== undefined) return known.fingerprint === fingerprint ? "ignore" : "mismatch";
    const response = this.#add(this.keyOf(id), false);
    if (response.excluded) return "ignore";
    const call: Call<O> = {
      callId,
      fingerprint,
      owner,
      response: response as Response<O, unknown>,
      answer: undefined,
      settled: false,
      withdrawn: false,
    };
    this.#calls.set(callId, call);
    this.#forgetCalls();
    response.calls.push(call);
    response.unsettled += 1;
    if (owner === "app") {
      response.hasAppCalls = true;
      return "app";
    }
    if (response.cancelled) return "cancelled";
    if (!response.isRound) {
      response.isRound = true;
      response.limited = this.#rounds >= this.#rules.maxRoundsPerTurn || this.#errorsInRow >= this.#rules.maxConsecutiveErrors;
      if (!response.limited) this.#rounds += 1;
    }
    return response.limited ? "limited" : "run";
  }

  /** Whether the call is answered by the pipeline; `undefined` where it was not seen. */
  isOurs(callId: string): boolean | undefined {
    const call = this.#calls.get(callId);
    return call === undefined ? undefined : call.owner === "pipeline";
  }

  /** An answer of ours; the first counts. `failed` answers make a failed round. */
  answer(callId: string, output: O, failed: boolean): void {
    const call = this.#calls.get(callId);
    if (call === undefined || call.owner !== "pipeline" || call.answer !== undefined) return;
    call.answer = { output, failed };
  }

  /** Whether the application's answer to this call must not reach the model: it is ours, was answered, or was taken back. */
  refusesAnswer(callId: string): boolean {
    const call = this.#calls.get(callId);
    return call !== undefined && (call.owner === "pipeline" || call.settled);
  }

  /** The application has sent an answer: says whether to a call of its own. */
  appAnswered(callId: string): boolean {
    const call = this.#calls.get(callId);
    if (call?.owner !== "app") return false;
    this.#settle(call);
    return true;
  }

  /** The application did not answer in time: `true` where the call is to be answered for it, now. */
  appExpired(callId: string): boolean {
    const call = this.#calls.get(callId);
    if (call?.owner !== "app" || call.settled) return false;
    call.owner = "pipeline";
    this.#settle(call);
    return true;
  }

  /** Somebody has just allowed a call of this response: what comes of it is no stale answer. */
  renew(key: string): void {
    const response = this.#responses.get(key);
    if (response !== undefined) response.turn = this.#turn;
  }

  /** The provider took the call back: the model gets no answer to it. */
  callWithdrawn(callId: string): void {
    const call = this.#calls.get(callId);
    if (call === undefined || call.settled) return;
    call.withdrawn = true;
    call.response.cancelled = true;
    if (call.owner === "app") this.#settle(call);
  }

  /** Somebody asked to cancel a response; without an id, the active one, else those whose calls are open. Gives their keys. */
  cancelAsked(id: string | undefined): string[] {
    const all = [...this.#responses.values()].filter((response) => !response.excluded);
    const active = all.filter((response) => !response.done);
    const named = all.filter((response) => response.key === id);
    const open = active.length > 0 ? active : all.filter((response) => response.calls.length > 0 && !response.continued);
    const targets = id === undefined ? open : named;
    for (const target of targets) target.cancelled = true;
    return targets.map((target) => target.key);
  }

  /** An output of this response did not reach the model: there is nothing to go on from. */
  outputLost(key: string): void {
    const response = this.#responses.get(key);
    if (response !== undefined) response.covered = true;
  }

  /** The application asks for a response of the conversation. For `pass`, tell `appAsked` once it is sent. */
  fateOfAsk(message: H): AskFate {
    if (this.#absorbing) return "absorb";
    let holder: Response<O, H> | undefined;
    for (const response of this.#responses.values()) {
      if (response.hasAppCalls && this.#mayContinue(response) && response.unsettled > 0) holder = response;
    }
    if (holder === undefined) return "pass";
    if (holder.held !== undefined) this.#dropped.push(holder.held.message);
    holder.held = { message };
    return "hold";
  }

  /** A continuation did not become a response: the application may ask itself. */
  continuationLost(): void {
    this.#absorbing = false;
  }

  appAsked(): void {
    for (const response of this.#responses.values()) {
      if (response.excluded) continue;
      if (isComplete(response) && !response.continued) response.covered = true;
      else if (!response.done) response.askedDuring = true;
    }
  }

  /** What may be sent now: outputs of a response in call order, none before the ones in front of it. Each is given once. */
  takeOutputs(): LedgerOutput<O>[] {
    const outputs: LedgerOutput<O>[] = [];
    for (const response of this.#responses.values()) {
      for (; response.next < response.calls.length; response.next++) {
        const call = response.calls[response.next] as Call<O>;
        if (call.owner === "app" || call.settled) continue;
        if (call.answer === undefined) break;
        outputs.push({ callId: call.callId, responseKey: response.key, output: call.answer.output, withdrawn: call.withdrawn });
        this.#settle(call);
      }
    }
    return outputs;
  }

  /** The one ResponseCreate that is due, once all outputs were taken. */
  takeContinuation(): Continuation<H> | undefined {
    if (this.#current !== undefined) return undefined;
    let due: Continuation<H> | undefined;
    for (const response of this.#responses.values()) {
      if (!this.#mayContinue(response) || !response.done || !isComplete(response)) continue;
      const held = response.held;
      if (held === undefined && response.hasAppCalls && this.#rules.appContinues) continue;
      response.continued = true;
      response.held = undefined;
      if (held === undefined && this.#rules.providerContinues) continue;
      if (response.hasAppCalls && held === undefined) this.#absorbing = true;
      if (held !== undefined && due?.held !== undefined) this.#dropped.push(due.held);
      due = {
        held: held?.message ?? due?.held,
        responseKeys: [...(due?.responseKeys ?? []), response.key],
        isFinal: response.limited || due?.isFinal === true,
      };
    }
    if (due?.isFinal === true) this.#finalSent = true;
    return due;
  }

  /** What was held for responses that will not be continued any more, or replaced by a newer one: it is not to be sent. */
  takeDropped(): H[] {
    const dropped = this.#dropped.splice(0);
    for (const response of this.#responses.values()) {
      if (response.held === undefined || this.#mayContinue(response)) continue;
      dropped.push(response.held.message);
      response.held = undefined;
    }
    return dropped;
  }

  /** What is held for sets that are not complete. */
  get heldCount(): number {
    let count = this.#dropped.length;
    for (const response of this.#responses.values()) if (response.held !== undefined) count += 1;
    return count;
  }

  #mayContinue(response: Response<O, H>): boolean {
    const { cancelled, covered, continued, limited, excluded, turn } = response;
    if (cancelled || covered || continued || excluded || turn !== this.#turn) return false;
    return !limited || !this.#finalSent;
  }

  #settle(call: Call<O>): void {
    if (call.settled) return;
    call.settled = true;
    call.response.unsettled -= 1;
    this.#endRound(call.response as Response<O, H>);
  }

  /** Counts a round once it is over: failed where every call of ours in it failed. */
  #endRound(response: Response<O, H>): void {
    if (!response.isRound || response.roundEnded || !response.done || response.unsettled > 0) return;
    response.roundEnded = true;
    if (response.limited || response.cancelled || response.turn !== this.#turn) return;
    const failed = response.calls.every((call) => call.owner === "app" || call.answer?.failed !== false);
    this.#errorsInRow = failed ? this.#errorsInRow + 1 : 0;
  }

  #add(key: string, excluded: boolean): Response<O, H> {
    const known = this.#responses.get(key);
    if (known !== undefined) return known;
    const response = newResponse<O, H>(key, this.#turn, excluded);
    this.#responses.set(key, response);
    if (this.#responses.size > MAX_RESPONSES) this.#forgetResponse(response);
    return response;
  }

  #forgetResponse(latest: Response<O, H>): void {
    for (const response of this.#responses.values()) {
      if (response === latest || response.unsettled > 0) continue;
      this.#responses.delete(response.key);
      return;
    }
  }

  #forgetCalls(): void {
    if (this.#calls.size <= MAX_CALL_IDS) return;
    for (const [callId, call] of this.#calls) {
      if (!call.settled) continue;
      this.#calls.delete(callId);
      return;
    }
  }

  #makeKey(): string {
    this.#made += 1;
    return `\0${this.#made}`;
  }
}
