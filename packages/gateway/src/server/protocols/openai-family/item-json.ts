import {
  AudioChunk,
  createId,
  type AudioFormat,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeErrorDetail,
} from "@voxline/core";
import type { WireInputItem, WireItem } from "./ga-schemas.ts";

type ItemStatus = NonNullable<RealtimeConversationItem["status"]>;

/** What a dialect calls the parts of the assistant's items; a reader of clients' items takes them as its schema lets them through. */
export interface ItemWords {
  readonly text: "output_text" | "text";
  readonly audio: "output_audio" | "audio";
}

/** An item a response is to read, as Voxline has it. */
export function inputItemOf(item: WireInputItem, inputFormat: AudioFormat): RealtimeConversationItem {
  if (item.type === "item_reference") return { contents: [{ type: "itemReference", itemId: item.id }] };
  return itemOf(item, inputFormat);
}

/** A client's item as Voxline has it; its audio is in the client's input format. */
export function itemOf(item: WireItem, inputFormat: AudioFormat): RealtimeConversationItem {
  const head = { id: item.id ?? undefined, status: item.status ?? undefined };
  switch (item.type) {
    case "message":
      return { ...head, role: item.role, contents: item.content.map((part) => contentOf(part, inputFormat)) };
    case "function_call": {
      const { name, arguments: args } = item;
      return { ...head, contents: [{ type: "functionCall", callId: item.call_id ?? createId("call"), name, arguments: args }] };
    }
    case "function_call_output":
      return { ...head, contents: [{ type: "functionResult", callId: item.call_id, result: item.output }] };
    case "mcp_approval_response": {
      const { approval_request_id: approvalRequestId, approve } = item;
      return {
        ...head,
        contents: [{ type: "mcpApprovalResponse", approvalRequestId, approve, reason: item.reason ?? undefined }],
      };
    }
    case "mcp_approval_request": {
      const { server_label: serverLabel, name, arguments: args } = item;
      return { ...head, contents: [{ type: "mcpApprovalRequest", serverLabel, name, arguments: args }] };
    }
    case "mcp_call": {
      const { server_label: serverLabel, name, arguments: args, output, error } = item;
      const approvalRequestId = item.approval_request_id ?? undefined;
      const failure = error ? { type: error.type, code: String(error.code ?? error.type), message: error.message } : undefined;
      const call = { serverLabel, name, arguments: args, output: output ?? undefined, error: failure, approvalRequestId };
      return { ...head, contents: [{ type: "mcpCall", ...call }] };
    }
    case "mcp_list_tools":
      return { ...head, contents: [{ type: "mcpListTools", serverLabel: item.server_label, tools: item.tools }] };
  }
}

type WirePart = Extract<WireItem, { type: "message" }>["content"][number];

function contentOf(part: WirePart, inputFormat: AudioFormat): RealtimeContent {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: part.text };
    case "input_image":
      return { type: "image", url: part.image_url, detail: part.detail ?? undefined };
    default: {
      const audio = typeof part.audio === "string" ? AudioChunk.fromBase64(part.audio, inputFormat) : undefined;
      return { type: "audio", audio, transcript: part.transcript ?? undefined };
    }
  }
}

/** An item as the service shows it; audio is left out unless it is asked for. */
export function itemJson(
  item: RealtimeConversationItem,
  words: ItemWords,
  defaultStatus: ItemStatus,
  id = item.id ?? createId("item"),
  withAudio = false,
): Record<string, unknown> {
  const status = item.status ?? defaultStatus;
  const head = (type: string): Record<string, unknown> => ({ id, object: "realtime.item", type });
  const first = item.contents[0];
  switch (first?.type) {
    case "functionCall":
      return { ...head("function_call"), status, name: first.name, call_id: first.callId, arguments: first.arguments };
    case "functionResult":
      return { ...head("function_call_output"), status, call_id: first.callId, output: textOf(first.result) };
    case "mcpListTools":
      return { ...head("mcp_list_tools"), server_label: first.serverLabel, tools: first.tools };
    case "mcpCall":
      return {
        ...head("mcp_call"),
        server_label: first.serverLabel,
        name: first.name,
        arguments: first.arguments,
        output: first.output ?? null,
        error: first.error === undefined ? null : mcpErrorJson(first.error),
        approval_request_id: first.approvalRequestId ?? null,
      };
    case "mcpApprovalRequest": {
      const { serverLabel, name, arguments: args } = first;
      return { ...head("mcp_approval_request"), server_label: serverLabel, name, arguments: args };
    }
    case "itemReference":
      return { type: "item_reference", id: first.itemId };
    case "mcpApprovalResponse": {
      const { approvalRequestId, approve, reason } = first;
      return { ...head("mcp_approval_response"), approval_request_id: approvalRequestId, approve, reason: reason ?? null };
    }
    default: {
      const role = item.role ?? "assistant";
      const content = item.contents
        .map((part) => itemPartJson(part, words, role, withAudio))
        .filter((part) => part !== undefined);
      return { ...head("message"), status, role, content };
    }
  }
}

/** A protocol's failure has a number, the tool's own has none. */
function mcpErrorJson({ type, code, message }: RealtimeErrorDetail): Record<string, unknown> {
  if (type !== "protocol_error" && type !== "http_error") return { type: "tool_execution_error", message };
  return { type, code: Number(code) || 0, message };
}

function itemPartJson(content: RealtimeContent, words: ItemWords, role: string, withAudio: boolean): unknown {
  const isOutput = role === "assistant";
  switch (content.type) {
    case "text":
      return { type: isOutput ? words.text : "input_text", text: content.text };
    case "audio": {
      const audio = withAudio && content.audio !== undefined ? { audio: content.audio.base64 } : {};
      if (isOutput && content.transcript === undefined) return { type: words.audio, ...audio };
      return { type: isOutput ? words.audio : "input_audio", ...audio, transcript: content.transcript ?? null };
    }
    case "image":
      return { type: "input_image", image_url: content.url, ...(content.detail === undefined ? {} : { detail: content.detail }) };
    case "raw":
      return content.value;
    default:
      // Reasoning has no place in these services' items.
      return undefined;
  }
}

/** Whether an item is about tools that the provider itself calls on an MCP server. */
export function isMcpItem(item: RealtimeConversationItem): boolean {
  return item.contents[0]?.type.startsWith("mcp") === true;
}

/** A part of a response's item; here every dialect says `text` and `audio`. */
export function partJson(content: RealtimeContent): Record<string, unknown> | undefined {
  if (content.type === "text") return { type: "text", text: content.text };
  if (content.type === "audio") return { type: "audio", transcript: content.transcript ?? "" };
  return undefined;
}

function textOf(result: unknown): string {
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "");
}
