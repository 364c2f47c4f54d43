import type { IRealtimeSession, RealtimeServerMessage } from "@voxline/core";
import { TOOL_APPROVALS } from "@voxline/core/function-invocation";

/** Call it with every message; `confirm` shows the question and says what was decided, or with what to go on instead. */
export function askBeforePaying(
  session: IRealtimeSession,
  message: RealtimeServerMessage,
  confirm: (question: string) => Promise<boolean | { amount: number }>,
): void {
  if (message.type !== "ToolApprovalRequired") return;
  const approvals = session.getService(TOOL_APPROVALS);
  const { callId, name, arguments: args } = message;
  void confirm(`${name} ${args}?`)
    .then((decided) => {
      if (decided === false) approvals?.deny(callId, "The customer does not want to.");
      else if (decided === true) approvals?.approve(callId);
      else approvals?.approve(callId, { arguments: decided });
    })
    .catch(() => approvals?.deny(callId, "Nobody could be asked."));
}
