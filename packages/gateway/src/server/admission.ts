import { createHash, timingSafeEqual } from "node:crypto";
import { RealtimeUsageError, type IRealtimeClient, type RealtimeSessionOptions } from "@voxline/core";
import type { ClientSecrets } from "./client-secrets.ts";
import { withSecret } from "./gateway-request.ts";
import { ADMISSION_TIMEOUT_MS } from "./limits.ts";
import type { GatewayRequest } from "./protocol.ts";

/** Which provider a client of the gateway gets. */
export interface Admission {
  readonly client: IRealtimeClient;
  /** What its session is opened with, below what the client itself asks for; the model and the tools given here stay. */
  readonly options?: RealtimeSessionOptions | undefined;
}

/** Decides per request; `undefined` refuses with 403. */
export type Admit = (request: GatewayRequest) => Admission | undefined | PromiseLike<Admission | undefined>;

/** Decides whether a request may come in at all; `false` refuses with 401. */
export type Authorize = (request: GatewayRequest) => boolean | PromiseLike<boolean>;

export interface DoorOptions {
  readonly apiKeys: readonly string[] | undefined;
  readonly authorize: Authorize | undefined;
  readonly origins: readonly string[] | undefined;
  readonly admit: Admit;
  readonly secrets: ClientSecrets;
}

export type Refusal = { readonly status: 401 | 403 | 503 };
export type Admitted = { readonly status: 200; readonly request: GatewayRequest; readonly admission: Admission };

/** Who may come in: origin, key, the operator's own check, and a provider for them. */
export class Door {
  readonly #options: DoorOptions;
  readonly #keys: readonly Buffer[] | undefined;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#keys = options.apiKeys?.map(digest);
  }

  /** Never rejects: a check that throws or takes longer than 5 s is a 503. `takesSecrets`: whether a client secret counts as a key. */
  async admit(request: GatewayRequest, takesSecrets: boolean): Promise<Admitted | Refusal> {
    return withinDeadline(async () => {
      const refusal = await this.#authorize(request, takesSecrets);
      if (refusal !== undefined) return refusal;
      const known = takesSecrets ? withSecret(request, this.#options.secrets.find(request.key)) : request;
      const admission = await this.#options.admit(known);
      return admission === undefined ? { status: 403 } : { status: 200, request: known, admission };
    });
  }

  /** For HTTP routes: who may ask for a client secret; a client secret itself is not enough. */
  async authorize(request: GatewayRequest): Promise<Refusal | undefined> {
    const result = await withinDeadline(async () => (await this.#authorize(request, false)) ?? OPEN);
    return result === OPEN ? undefined : (result as Refusal);
  }

  async #authorize(request: GatewayRequest, secretsCount: boolean): Promise<Refusal | undefined> {
    const { origins, authorize, secrets } = this.#options;
    const { origin } = request.headers;
    if (origins !== undefined && origin !== undefined && !origins.includes(origin)) return { status: 403 };
    if (secretsCount && secrets.find(request.key) !== undefined) return undefined;
    if (this.#keys !== undefined && !this.#isKnown(request.key)) return { status: 401 };
    if (authorize !== undefined && !(await authorize(request))) return { status: 401 };
    return undefined;
  }

  #isKnown(key: string | undefined): boolean {
    if (key === undefined) return false;
    const given = digest(key);
    let known = false;
    // Every key is compared, in constant time, so that the answer's timing tells nothing.
    for (const each of this.#keys ?? []) known = timingSafeEqual(each, given) || known;
    return known;
  }
}

const OPEN = { status: 200 } as const;

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

async function withinDeadline<T>(work: () => Promise<T>): Promise<T | Refusal> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<Refusal>((resolve) => {
    timer = setTimeout(() => resolve({ status: 503 }), ADMISSION_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work(), deadline]);
  } catch {
    return { status: 503 };
  } finally {
    clearTimeout(timer);
  }
}

/** The admission every request gets where the gateway was given one client. */
export function admitOf(client: IRealtimeClient | Admit, options: RealtimeSessionOptions | undefined): Admit {
  if (typeof client !== "function") return () => ({ client, options });
  if (options === undefined) return client;
  throw new RealtimeUsageError(
    "config.invalid",
    "Session options stand beside one client; a function returns them with its client.",
  );
}
