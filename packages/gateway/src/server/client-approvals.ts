import {
  createId,
  RealtimeServerConversationItemMessage,
  RealtimeToolError,
  type IRealtimeSession,
  type RealtimeClientConversationItemCreateMessage,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeServerToolApprovalMessage,
} from "@voxline/core";
import { TOOL_APPROVALS } from "@voxline/core/function-invocation";

/** Questions that are remembered; the oldest are forgotten, and their calls run out of time. */
const MAX_ASKED = 64;
/** What such tools are said to be of; their real home is the gateway's affair. */
const SERVER_LABEL = "gateway";

/**
 * Asks a connection's client whether a tool of the gateway's own may run, in the form in which it is asked about tools of MCP
 * servers: an item it answers with another.
 */
export class ClientApprovals {
  readonly #asked = new Map<string, Pick<RealtimeServerToolApprovalMessage, "callId" | "name">>();

  /** The question. */
  ask({ callId, name, arguments: args }: RealtimeServerToolApprovalMessage): readonly RealtimeServerMessage[] {
    const id = createId("mcpr");
    this.#asked.set(id, { callId, name });
    if (this.#asked.size > MAX_ASKED) this.#asked.delete(this.#asked.keys().next().value as string);
    return shown({ id, contents: [{ type: "mcpApprovalRequest", serverLabel: SERVER_LABEL, name, arguments: args }] });
  }

  /**
   * Takes an answer; what is to be shown of it, or `undefined` where it is none to a question of ours.
   *
   * @throws {RealtimeToolError} tool.cancelled where the call does not wait any more.
   */
  answer(
    { item }: RealtimeClientConversationItemCreateMessage,
    session: IRealtimeSession,
  ): readonly RealtimeServerMessage[] | undefined {
    const [content] = item.contents;
    if (content?.type !== "mcpApprovalResponse") return undefined;
    const asked = this.#asked.get(content.approvalRequestId);
    if (asked === undefined) return undefined;
    this.#asked.delete(content.approvalRequestId);
    const { callId, name } = asked;
    const approvals = session.getService(TOOL_APPROVALS);
    const isTaken = content.approve ? approvals?.approve(callId) : approvals?.deny(callId, content.reason);
    if (isTaken !== true) {
      const text = `The call of ${name} does not wait for an answer any more: it ran out of time or was cancelled.`;
      throw new RealtimeToolError("tool.cancelled", text, { callId, toolName: name });
    }
    return shown({ ...item, id: item.id ?? createId("item") });
  }
}

function shown(item: RealtimeConversationItem): readonly RealtimeServerMessage[] {
  return (["ConversationItemAdded", "ConversationItemDone"] as const).map(
    (type) => new RealtimeServerConversationItemMessage(type, { itemId: item.id, item }) as RealtimeServerMessage,
  );
}
