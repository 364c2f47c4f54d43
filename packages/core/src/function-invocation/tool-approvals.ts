import { serviceKey, type ServiceKey } from "../service-key.ts";

export interface ApproveInit {
  /** What the tool is run with instead of what the model wrote; checked like it. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

/** Answers calls of tools with `requiresApproval`, by the `callId` of their ToolApprovalRequired. */
export interface ToolApprovals {
  /** Ids of calls that wait for an answer, oldest first. */
  readonly pending: readonly string[];
  /**
   * Lets a call run. `false` where it does not wait any more: it was answered, ran out of time, or was cancelled.
   *
   * @throws {RealtimeToolError} tool.args_invalid for arguments that do not fit the tool's schema; the call still waits.
   */
  approve(callId: string, init?: ApproveInit): boolean;
  /** Tells the model that the call was not allowed, and why. `false` where it does not wait any more. */
  deny(callId: string, reason?: string): boolean;
}

/** `session.getService(TOOL_APPROVALS)` finds the approvals of function invocation, through any layers around it. */
export const TOOL_APPROVALS: ServiceKey<ToolApprovals> = serviceKey<ToolApprovals>("tool-approvals");
