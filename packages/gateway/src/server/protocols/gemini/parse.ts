import type { z } from "zod";
import { quoted, refuse } from "./refusal.ts";
import { clientSchemas, type ClientMessage, type ClientMessageName } from "./schemas.ts";

const NAMES = new Map<string, ClientMessageName>(
  (Object.keys(clientSchemas) as ClientMessageName[]).flatMap((name) => [
    [name, name],
    [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name],
  ]),
);

/**
 * Reads and checks one frame of a client.
 *
 * @throws {RealtimeProtocolError} protocol.shape, in the service's words.
 */
export function parseMessage(frame: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    refuse("Invalid JSON payload received. The frame is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse("Invalid JSON payload received. A message is a JSON object.");
  }
  const entries = Object.entries(value).filter(([, body]) => body !== null);
  const [entry, ...more] = entries;
  if (entry === undefined) refuse("Request contains an invalid argument. The message is empty.");
  for (const [name] of entries) {
    if (!NAMES.has(name)) refuse(`Invalid JSON payload received. Unknown name ${quoted(name)}: Cannot find field.`);
  }
  if (more.length > 0) refuse("Request contains an invalid argument. A message has exactly one of its fields.");
  const name = NAMES.get(entry[0]) as ClientMessageName;
  const result = clientSchemas[name].safeParse(entry[1]);
  if (!result.success) refuse(reasonOf(result.error.issues[0] as z.core.$ZodIssue, name));
  return { name, body: result.data } as ClientMessage;
}

function reasonOf(issue: z.core.$ZodIssue, name: string): string {
  const path = issue.path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    name,
  );
  if (issue.code === "unrecognized_keys") {
    return `Invalid JSON payload received. Unknown name ${quoted(issue.keys[0] ?? "")} at '${path}': Cannot find field.`;
  }
  return `Invalid value at '${path}': ${issue.message}`;
}
