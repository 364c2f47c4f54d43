import type { RealtimeSessionOptions } from "@voxline/core";
import { optionalNumber, optionalText, requestUrl } from "../wire/index.ts";
import { notGiven, requestJson, type JsonRequest } from "../wire/request-json.ts";
import { GA_DIALECT } from "./ga-dialect.ts";

/** A key for one client, such as a browser, that lives for minutes. */
export interface ClientSecret {
  /** Begins with `ek_`. */
  readonly value: string;
  readonly expiresAt: Date | undefined;
}

export interface ClientSecretInit {
  /** Lifetime of the key, 10–7,200. Default 600. */
  readonly expiresAfterSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ClientSecretRequest extends Pick<JsonRequest, "providerName" | "authorize" | "origins" | "fetch"> {
  /** The address of `…/realtime`, as a socket's. */
  readonly realtime: URL;
  readonly options: RealtimeSessionOptions;
  /** The model of a session that names none. */
  readonly model: string | undefined;
  readonly init: ClientSecretInit;
}

const WHAT = "a client secret";

/** Asks the service for a short-lived key bound to a session. */
export async function requestClientSecret(request: ClientSecretRequest): Promise<ClientSecret> {
  const { providerName, authorize, origins, options, init, fetch } = request;
  const { expiresAfterSeconds, signal } = init;
  const kind = options.sessionKind ?? "conversation";
  const session: Record<string, unknown> = { ...GA_DIALECT.sessionToWire(options, kind) };
  if (kind === "conversation") session["model"] = options.model ?? request.model;
  const expiry =
    expiresAfterSeconds === undefined ? {} : { expires_after: { anchor: "created_at", seconds: expiresAfterSeconds } };
  const url = requestUrl(request.realtime);
  url.pathname = `${url.pathname}/client_secrets`;
  for (const name of ["model", "intent", "call_id"]) url.searchParams.delete(name);
  const body = { session, ...expiry };
  const answer = await requestJson({ what: WHAT, providerName, url, authorize, origins, body, signal, fetch });
  const value = optionalText(answer, "value");
  if (value === undefined) throw notGiven(WHAT, url);
  const expiresAt = optionalNumber(answer, "expires_at");
  return { value, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt * 1000) };
}
