import { RealtimeServerOutputTextAudioMessage } from "@voxline/core";
import { ScriptedClient, type ScriptedSession } from "@voxline/core/testing";
import { RealtimeGateway, type RealtimeGatewayOptions } from "../../gateway.ts";
import { opened } from "../../testing/scripted.ts";
import { parseFaults } from "../parse-fault.ts";
import { plainProtocol } from "./plain-protocol.ts";
import { RawClient } from "./raw-client.ts";

const gateways: RealtimeGateway[] = [];

/** Closes what the test has opened. */
export async function closeAll(): Promise<void> {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
}

/** A gateway on a loopback port with these faults, in front of a scripted session. */
export async function ordered(specs: readonly string[] | undefined, options: Partial<RealtimeGatewayOptions> = {}) {
  const client = new ScriptedClient();
  const gateway = new RealtimeGateway({
    client,
    protocols: [plainProtocol],
    ...(specs === undefined ? {} : { faults: { faults: parseFaults(specs) } }),
    ...options,
  });
  gateways.push(gateway);
  const { url } = await gateway.listen();
  return { gateway, client, url };
}

/** A client of the plain protocol and the session behind it. */
export async function talking(specs: readonly string[] | undefined, options: Partial<RealtimeGatewayOptions> = {}) {
  const { gateway, client, url } = await ordered(specs, options);
  const caller = await RawClient.open(`${url}/plain`);
  caller.send({});
  return { gateway, url, caller, client, session: await opened(client) };
}

/** Makes the session say words, one delta each. */
export function say(session: ScriptedSession, ...words: readonly string[]): void {
  for (const text of words) session.say(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text }));
}
