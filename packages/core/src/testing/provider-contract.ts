import { collectResponse, sendText } from "../actions.ts";
import type { IRealtimeClient } from "../client.ts";
import { RealtimeError } from "../errors.ts";
import { RealtimeClientRawMessage } from "../messages/client-messages.ts";
import type { RealtimeServerMessage } from "../messages/server-messages.ts";
import { serviceKey } from "../service-key.ts";
import type { IRealtimeSession } from "../session.ts";

/** A promise of the client and session contracts that a provider may break. */
export type ProviderRule =
  | "an aborted opening rejects with the signal's reason"
  | "a signal covers the opening alone"
  | "SessionCreated comes first"
  | "one reader at a time"
  | "a response has one beginning and one end"
  | "nothing is lost between readers"
  | "an update is confirmed"
  | "SessionEnded is last"
  | "closed resolves once, within two seconds"
  | "a closed session refuses messages"
  | "an unknown service is undefined"
  | "a disposed client opens nothing";

/** A provider breaks a rule of the contracts; `rule` says which. */
export class ProviderContractError extends RealtimeError {
  readonly rule: ProviderRule;

  constructor(rule: ProviderRule, found: string) {
    super("config.invalid", `The provider breaks the rule "${rule}": ${found}`);
    this.rule = rule;
  }
}

/**
 * Checks a provider against the contracts of client and session, in any test runner: resolves when it keeps every rule.
 *
 * `make` is called once and gives a client that reaches a real service, or an emulator of it, which answers a written "hello". The
 * client is disposed at the end.
 * @throws {ProviderContractError} config.invalid, with the rule that is broken.
 */
export async function providerContract(make: () => IRealtimeClient): Promise<void> {
  const client = make();
  await checkAbort(client);
  await checkMessages(client);
  await checkUpdate(client);
  await checkEnd(client);
  await client[Symbol.asyncDispose]();
  const opened = await client.createSession().then(
    () => "a session was opened",
    (error: unknown) =>
      RealtimeError.is(error) && error.code === "lifecycle.closed" ? undefined : "it rejects with something else",
  );
  need(opened === undefined, "a disposed client opens nothing", String(opened));
}

function need(holds: boolean, rule: ProviderRule, found: string): void {
  if (!holds) throw new ProviderContractError(rule, found);
}

const isRefused = (work: () => unknown, code: string): boolean => {
  try {
    work();
    return false;
  } catch (error) {
    return RealtimeError.is(error) && error.code === code;
  }
};

async function checkAbort(client: IRealtimeClient): Promise<void> {
  const reason = new ProviderContractError("an aborted opening rejects with the signal's reason", "this is the reason");
  const abort = new AbortController();
  const opening = client.createSession({}, { signal: abort.signal });
  abort.abort(reason);
  const outcome = await opening.then(
    async (session) => {
      await session.close();
      return undefined;
    },
    (error: unknown) => error,
  );
  need(outcome === reason, "an aborted opening rejects with the signal's reason", `it ends with ${String(outcome)}`);

  const late = new AbortController();
  const session = await client.createSession({}, { signal: late.signal });
  late.abort(reason);
  await session.drained();
  need(
    !isRefused(() => sendText(session, "hello", { respond: false }), "lifecycle.closed"),
    "a signal covers the opening alone",
    "the session is closed",
  );
  await session.close();
}

async function checkMessages(client: IRealtimeClient): Promise<void> {
  const session = await client.createSession({ outputModalities: ["text"] });
  need(session.getService(serviceKey("testing.nobody")) === undefined, "an unknown service is undefined", "it is something");
  sendText(session, "hello");
  const first = await read(session, "ResponseCreated");
  need(first[0]?.type === "SessionCreated", "SessionCreated comes first", `the first message is ${first[0]?.type}`);
  const leave = session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
  const second = isRefused(
    () => session.subscribe({ onMessage: () => undefined, onClose: () => undefined }),
    "lifecycle.already_subscribed",
  );
  need(second, "one reader at a time", "a second reader was taken");
  leave();
  const { messages, done } = await collectResponse(session);
  const created = [...first, ...messages].filter((message) => message.type === "ResponseCreated");
  need(created.length === 1, "a response has one beginning and one end", `it began ${created.length} times`);
  need(done.responseId === created[0]?.responseId, "a response has one beginning and one end", "another response ended");

  sendText(session, "hello");
  // Left at once, in the middle of the answer: the next reader finds the rest.
  const beginning = await read(session, "ResponseCreated");
  const rest = await collectResponse(session);
  const ids = new Set(
    [...beginning, ...rest.messages].filter((message) => message.type === "ResponseCreated").map((message) => message.responseId),
  );
  need(ids.size === 1 && rest.text !== "", "nothing is lost between readers", "the answer is not whole");
  await session.close();
}

async function checkUpdate(client: IRealtimeClient): Promise<void> {
  const session = await client.createSession();
  if (session.capabilities.update) {
    await session.update({ instructions: "Be brief." });
    const { instructions } = session.options;
    need(instructions === "Be brief.", "an update is confirmed", `the instructions are ${JSON.stringify(instructions)}`);
  }
  await session.close();
}

async function checkEnd(client: IRealtimeClient): Promise<void> {
  const session = await client.createSession();
  const messages: RealtimeServerMessage[] = [];
  let told = 0;
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => void (told += 1) });
  const began = performance.now();
  const [info, again] = await Promise.all([session.close("enough"), session.close()]);
  const ms = performance.now() - began;
  need(ms < 2_500 && info === again, "closed resolves once, within two seconds", `it took ${Math.round(ms)} ms`);
  need(
    info.by === "local" && info.error === undefined,
    "closed resolves once, within two seconds",
    "an asked-for end is an error",
  );
  await session.closed;
  await Promise.resolve();
  need(messages.at(-1)?.type === "SessionEnded", "SessionEnded is last", `the last message is ${messages.at(-1)?.type}`);
  need(told === 1, "closed resolves once, within two seconds", `the reader was told ${told} times`);
  need(
    isRefused(() => session.send(new RealtimeClientRawMessage({})), "lifecycle.closed"),
    "a closed session refuses messages",
    "it took one",
  );
}

/** Everything until a message of this type, then leaves. */
function read(session: IRealtimeSession, type: RealtimeServerMessage["type"]): Promise<RealtimeServerMessage[]> {
  return new Promise((resolve, reject) => {
    const messages: RealtimeServerMessage[] = [];
    const leave = session.subscribe({
      onMessage(message) {
        messages.push(message);
        if (message.type !== type) return;
        leave();
        resolve(messages);
      },
      onClose: (info) =>
        reject(info.error ?? new ProviderContractError("SessionEnded is last", `the session ended: ${info.reason}`)),
    });
  });
}
