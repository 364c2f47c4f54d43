import {
  createId,
  RealtimeServerConversationItemMessage,
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
  readonly #callIds = new Map<string, string>();

  /** The question. */
  ask({ callId, name, arguments: args }: RealtimeServerToolApprovalMessage): readonly RealtimeServerMessage[] {
    const id = createId("mcpr");
    this.#callIds.set(id, callId);
    if (this.#callIds.size > MAX_ASKED) this.#callIds.delete(this.#callIds.keys().next().value as string);
    return shown({ id, contents: [{ type: "mcpApprovalRequest", serverLabel: SERVER_LABEL, name, arguments: args }] });
  }

  /** Takes an answer; what is to be shown of it, or `undefined` where it is none to a question of ours. */
  answer(
    { item }: RealtimeClientConversationItemCreateMessage,
    session: IRealtimeSession,
  ): readonly RealtimeServerMessage[] | undefined {
    const [content] = item.contents;
    if (content?.type !== "mcpApprovalResponse") return undefined;
    const callId = this.#callIds.get(content.approvalRequestId);
    if (callId === undefined) return undefined;
    this.#callIds.delete(content.approvalRequestId);
    const approvals = session.getService(TOOL_APPROVALS);
    if (content.approve) approvals?.approve(callId);
    else approvals?.deny(callId, content.reason);
    return shown({ ...item, id: item.id ?? createId("item") });
  }
}

function shown(item: RealtimeConversationItem): readonly RealtimeServerMessage[] {
  return (["ConversationItemAdded", "ConversationItemDone"] as const).map(
    (type) => new RealtimeServerConversationItemMessage(type, { itemId: item.id, item }) as RealtimeServerMessage,
  );
}
