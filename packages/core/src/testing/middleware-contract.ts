import { RealtimeClientBuilder, RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeError } from "../errors.ts";
import { RealtimeClientRawMessage, type RealtimeClientMessage } from "../messages/client-messages.ts";
import { RealtimeServerRawMessage, type RealtimeServerMessage } from "../messages/server-messages.ts";
import type { RealtimeMiddleware, WrapSession } from "../middleware.ts";
import { serviceKey } from "../service-key.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import { ScriptedClient } from "./scripted-client.ts";
import { ScriptedSession } from "./scripted-session.ts";

/** A promise of the session contract that a middleware may break. */
export type MiddlewareRule =
  | "subscribes once"
  | "passes messages up, in order"
  | "passes messages down, in order"
  | "never calls the reader from inside send"
  | "an update is one message"
  | "loses nothing while nobody reads"
  | "SessionEnded is last"
  | "closes once"
  | "services are reached";

/** A middleware breaks a rule of the session contract; `rule` says which. */
export class MiddlewareContractError extends RealtimeError {
  readonly rule: MiddlewareRule;

  constructor(rule: MiddlewareRule, found: string) {
    super("config.middleware", `The middleware breaks the rule "${rule}": ${found}`);
    this.rule = rule;
  }
}

interface Opened {
  readonly session: IRealtimeSession;
  readonly inner: ScriptedSession;
}

const innerService = serviceKey<string>("testing.contract");

/**
 * Checks a middleware against the session contract, in any test runner: resolves when it keeps every rule.
 *
 * `make` is called for each check. Middleware may add messages of its own; what it is given it must pass on.
 * @throws {MiddlewareContractError} config.middleware, with the rule that is broken.
 */
export async function middlewareContract(make: () => RealtimeMiddleware | WrapSession): Promise<void> {
  const openings: (() => Promise<Opened>)[] = [
    async () => {
      const client = new ScriptedClient();
      const session = await new RealtimeClientBuilder(client).use(make()).build().createSession();
      return { session, inner: client.session };
    },
  ];
  const made = make();
  if (typeof made === "function" || made.requiresOpen !== true) {
    openings.push(() => {
      const inner = new ScriptedSession();
      return Promise.resolve({ session: new RealtimeSessionBuilder(inner).use(make()).build(), inner });
    });
  }
  for (const open of openings) {
    checkSubscription(await open());
    await checkUp(await open());
    checkDown(await open());
    await checkReentrancy(await open());
    await checkUpdate(await open());
    await checkHold(await open());
    await checkEnd(await open());
    await checkClose(await open());
    checkServices(await open());
  }
}

function need(holds: boolean, rule: MiddlewareRule, found: string): void {
  if (!holds) throw new MiddlewareContractError(rule, found);
}

/** Lets microtasks run, however long the chain of promises is; no timer, so that fake clocks do not matter. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

function serverMessages(count: number): RealtimeServerMessage[] {
  return Array.from({ length: count }, (_, index) => new RealtimeServerRawMessage({ wireType: `contract.${index}` }));
}

interface Reading {
  readonly messages: RealtimeServerMessage[];
  closed: RealtimeCloseInfo | undefined;
}

function read(session: IRealtimeSession): Reading {
  const reading: Reading = { messages: [], closed: undefined };
  session.subscribe({
    onMessage: (message) => {
      reading.messages.push(message);
    },
    onClose: (info) => {
      reading.closed = info;
    },
  });
  return reading;
}

/** Where the given messages are in what arrived, as one line: `0,1,2` when all is well. */
function order<M>(given: readonly M[], arrived: readonly M[]): string {
  return arrived
    .map((message) => given.indexOf(message))
    .filter((index) => index >= 0)
    .join();
}

function inOrder(count: number): string {
  return Array.from({ length: count }, (_, index) => index).join();
}

function checkSubscription({ session, inner }: Opened): void {
  const expected = session === inner ? 0 : 1;
  need(inner.subscribeCalls === expected, "subscribes once", `the inner session was subscribed ${inner.subscribeCalls} times.`);
}

async function checkUp({ session, inner }: Opened): Promise<void> {
  const reading = read(session);
  const given = serverMessages(20);
  inner.say(...given);
  await settle();
  const found = order(given, reading.messages);
  need(found === inOrder(20), "passes messages up, in order", `of 20 unknown messages arrived: ${found}.`);
}

function checkDown({ session, inner }: Opened): void {
  const given = Array.from({ length: 20 }, (_, index) => new RealtimeClientRawMessage({ contract: index }));
  for (const message of given) session.send(message);
  const found = order<RealtimeClientMessage>(given, inner.sent);
  need(found === inOrder(20), "passes messages down, in order", `of 20 unknown messages were sent on at once: ${found}.`);
}

async function checkReentrancy({ session, inner }: Opened): Promise<void> {
  const reading = read(session);
  await settle();
  const [answer] = serverMessages(1) as [RealtimeServerMessage];
  inner.answer = (_message, source) => source.say(answer);
  session.send(new RealtimeClientRawMessage({}));
  const early = reading.messages.includes(answer);
  await settle();
  need(!early, "never calls the reader from inside send", "the answer reached the reader before send returned.");
  need(reading.messages.includes(answer), "passes messages up, in order", "an answer given from inside send never arrived.");
}

async function checkUpdate({ session, inner }: Opened): Promise<void> {
  const before = inner.sentOf("SessionUpdate").length;
  let outcome = "it never settled";
  const instructions = "contract";
  void session.update({ instructions }).then(
    () => (outcome = "confirmed"),
    (error: unknown) => (outcome = `it was refused: ${String(error)}`),
  );
  await settle();
  const updates = inner.sentOf("SessionUpdate").slice(before);
  need(updates.length === 1, "an update is one message", `update sent ${updates.length} SessionUpdate messages.`);
  need(updates[0]?.patch.instructions === instructions, "an update is one message", "the patch did not reach the inner session.");
  need(outcome === "confirmed", "an update is one message", `the inner session confirmed the update, but ${outcome}.`);
}

async function checkHold({ session, inner }: Opened): Promise<void> {
  const given = serverMessages(20);
  inner.say(...given);
  await settle();
  const reading = read(session);
  const late = serverMessages(1);
  inner.say(...late);
  await settle();
  const found = order([...given, ...late], reading.messages);
  need(found === inOrder(21), "loses nothing while nobody reads", `20 unread messages and a late one arrived as ${found}.`);
}

async function checkEnd({ session, inner }: Opened): Promise<void> {
  const reading = read(session);
  const given = serverMessages(3);
  inner.say(...given);
  inner.finish({ code: 4321, reason: "contract" });
  await settle();
  const types = reading.messages.map((message) => message.type);
  const ends = types.filter((type) => type === "SessionEnded").length;
  need(
    types.at(-1) === "SessionEnded" && ends === 1,
    "SessionEnded is last",
    `the last messages were ${types.slice(-3).join(", ")}.`,
  );
  need(reading.closed?.code === 4321, "SessionEnded is last", "the reader was not told why the session ended.");
  let code: number | undefined;
  void session.closed.then((info) => (code = info.code));
  await settle();
  need(code === 4321, "SessionEnded is last", "closed did not resolve with the inner session's reason.");
}

async function checkClose({ session, inner }: Opened): Promise<void> {
  let resolved = 0;
  for (let call = 0; call < 3; call++) void session.close("contract").then(() => (resolved += 1));
  await settle();
  const expected = session === inner ? 3 : 1;
  need(inner.closeCalls === expected, "closes once", `three calls of close closed the inner session ${inner.closeCalls} times.`);
  need(resolved === 3, "closes once", `of three promises of close, ${resolved} resolved.`);
}

function checkServices({ session, inner }: Opened): void {
  Object.defineProperty(inner, innerService, { value: "here" });
  need(session.getService(innerService) === "here", "services are reached", "a service of the inner session was not found.");
}
