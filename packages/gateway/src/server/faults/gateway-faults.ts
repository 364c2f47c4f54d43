import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { FrameTransport } from "@voxline/core/transport";
import type { WebSocket } from "ws";
import type { ProtocolConnection } from "../protocol.ts";
import { refuseUpgrade } from "../refuse-upgrade.ts";
import { actOf } from "./acts.ts";
import { checkPlan } from "./check-plan.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import { FaultyTransport } from "./faulty-transport.ts";
import { seededRandom } from "./random.ts";
import { ResumeHandles } from "./resume-acts.ts";
import { leaveCloseUnanswered, slowPongs } from "./socket-faults.ts";

/** How an upgrade is refused. */
interface Refusal {
  readonly status: number;
  readonly retryAfter?: string | undefined;
}

/** A plan's faults on all connections of one gateway. */
export class GatewayFaults {
  readonly #faults: readonly Fault[];
  readonly #seed: number;
  readonly #handles = new ResumeHandles();
  #connections = 0;
  #open = 0;

  /** @throws {RealtimeUsageError} config.invalid for a plan that cannot be meant. */
  constructor(plan: FaultPlan) {
    checkPlan(plan);
    this.#faults = plan.faults;
    this.#seed = plan.seed ?? 1;
  }

  /** Counts a client that asks for an upgrade; refuses it and gives `refused`, or gives its faults, `undefined` where it has none. */
  meet(socket: Duplex): ConnectionFaults | "refused" | undefined {
    this.#connections += 1;
    const number = this.#connections;
    const faults = this.#faults.filter(({ connections }) => connections === undefined || isWithin(number, connections));
    const refusal = faults.map((fault) => this.#refusalOf(fault)).find((each) => each !== undefined);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return "refused";
    }
    const rest = faults.filter(({ kind }) => kind !== "refuse");
    if (rest.length === 0) return undefined;
    const random = seededRandom(this.#seed + number * 0x9e3779b9);
    const count = (by: 1 | -1): void => {
      this.#open += by;
    };
    return new ConnectionFaults(rest, { random, handles: this.#handles, count });
  }

  #refusalOf(fault: Fault): Refusal | undefined {
    if (fault.kind === "refuse") return fault;
    return fault.kind === "cap" && this.#open >= fault.most ? { status: 429 } : undefined;
  }
}

interface Surroundings {
  readonly random: () => number;
  readonly handles: ResumeHandles;
  readonly count: (by: 1 | -1) => void;
}

/** The faults of one connection that was accepted. */
export class ConnectionFaults {
  readonly #faults: readonly Fault[];
  readonly #around: Surroundings;

  constructor(faults: readonly Fault[], around: Surroundings) {
    this.#faults = faults;
    this.#around = around;
  }

  /** The transport with the faults at work on it. */
  wrap(inner: FrameTransport, socket: WebSocket, protocol: ProtocolConnection): FrameTransport {
    const { random, handles, count } = this.#around;
    count(1);
    const transport = new FaultyTransport({ inner, socket, protocol, random });
    transport.onOver(() => count(-1));
    for (const fault of this.#faults) {
      if (fault.kind === "slow-pong") slowPongs(fault, socket, transport);
      if (fault.kind === "close-unanswered") leaveCloseUnanswered(socket, () => transport.isEnding);
    }
    transport.begin(this.#faults.map((fault) => actOf(fault, transport, handles)).filter((act) => act !== undefined));
    return transport;
  }
}

function isWithin(number: number, { first, last }: { readonly first: number; readonly last: number }): boolean {
  return number >= first && number <= last;
}

function refuse(socket: Duplex, { status, retryAfter }: Refusal): void {
  const message = STATUS_CODES[status] ?? "Refused";
  const body = JSON.stringify({ error: { message, type: "fault", param: null, code: `status_${status}` } });
  refuseUpgrade(socket, status, body, retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]);
}
