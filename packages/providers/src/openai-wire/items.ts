import {
  AudioChunk,
  RealtimeUsageError,
  sameFormat,
  type AudioFormat,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeErrorDetail,
} from "@voxline/core";
import { isObject, optionalArray, optionalText, text, type WireObject } from "../wire/index.ts";
import type { ItemWords } from "./dialect.ts";
import { errorFromWire } from "./errors.ts";
import { formatName } from "./formats.ts";
import { given } from "../wire/given.ts";
import { blockText, resultJson } from "../wire/tools.ts";

type Json = Record<string, unknown>;

/**
 * Writes a conversation item; a message takes texts, audio and images, every other kind stands alone in its item.
 *
 * @throws {RealtimeUsageError} unsupported.message for what the wire has no item for; audio.format.
 */
export function itemToWire(item: RealtimeConversationItem, inputFormat: AudioFormat, words: ItemWords): WireObject {
  const [first] = item.contents;
  if (first !== undefined && item.contents.length === 1) {
    if (!words.hostedMcp && first.type.startsWith("mcp")) {
      throw new RealtimeUsageError("unsupported.message", `This service calls no MCP servers, so it has no ${first.type} item.`);
    }
    const alone = singleToWire(first);
    if (alone !== undefined) return given({ id: item.id, status: item.status, ...alone });
  }
  const role = item.role ?? "user";
  const content = item.contents.map((part) => partToWire(part, role, inputFormat, words));
  return given({ id: item.id, type: "message", role, status: item.status, content });
}

function singleToWire(content: RealtimeContent): Json | undefined {
  switch (content.type) {
    case "functionCall":
      return { type: "function_call", call_id: content.callId, name: content.name, arguments: content.arguments };
    case "functionResult":
      return { type: "function_call_output", call_id: content.callId, output: resultText(content.result) };
    case "mcpApprovalResponse":
      return given({
        type: "mcp_approval_response",
        approval_request_id: content.approvalRequestId,
        approve: content.approve,
        reason: content.reason,
      });
    case "mcpApprovalRequest":
      return {
        type: "mcp_approval_request",
        server_label: content.serverLabel,
        name: content.name,
        arguments: content.arguments,
      };
    case "mcpCall":
      return given({
        type: "mcp_call",
        server_label: content.serverLabel,
        name: content.name,
        arguments: content.arguments,
        output: content.output,
        error: content.error === undefined ? undefined : mcpErrorToWire(content.error),
        approval_request_id: content.approvalRequestId,
      });
    case "mcpListTools":
      return { type: "mcp_list_tools", server_label: content.serverLabel, tools: content.tools };
    case "itemReference":
      return { type: "item_reference", id: content.itemId };
    case "raw":
      return isObject(content.value) && !isPartType(content.value["type"]) ? { ...content.value } : undefined;
    default:
      return undefined;
  }
}

/** The two kinds that come from a protocol have a number, the tool's own failure has none. */
function mcpErrorToWire({ type, code, message }: RealtimeErrorDetail): Json {
  if (type !== "protocol_error" && type !== "http_error") return { type: "tool_execution_error", message };
  return { type, code: Number(code) || 0, message };
}

function isPartType(type: unknown): boolean {
  return (
    typeof type === "string" && (type.startsWith("input_") || type.startsWith("output_") || type === "text" || type === "audio")
  );
}

function partToWire(
  content: RealtimeContent,
  role: "user" | "assistant" | "system",
  inputFormat: AudioFormat,
  words: ItemWords,
): WireObject {
  const isAssistant = role === "assistant";
  switch (content.type) {
    case "text":
      return { type: isAssistant ? words.assistantText : "input_text", text: content.text };
    case "audio":
      if (role === "system") break;
      if (isAssistant) return given({ type: words.assistantAudio, audio: content.audio?.base64, transcript: content.transcript });
      checkFormat(content.audio, inputFormat);
      return given({ type: "input_audio", audio: content.audio?.base64, transcript: content.transcript });
    case "image":
      if (!words.imageItems) {
        throw new RealtimeUsageError(
          "unsupported.message",
          "This service takes no pictures in messages; see capabilities.imageInput.",
        );
      }
      if (role !== "user") break;
      return given({ type: "input_image", image_url: content.url, detail: content.detail });
    case "raw":
      if (isObject(content.value)) return isAssistant ? inWords(content.value, words) : content.value;
      break;
    default:
      break;
  }
  const advice = "messages hold text, audio and images (user only); every call, result or approval needs an item of its own";
  throw new RealtimeUsageError("unsupported.message", `The ${role} item cannot hold this ${content.type} content: ${advice}.`);
}

/** A part somebody wrote for another dialect, with the name it has in this one. */
function inWords(part: WireObject, words: ItemWords): WireObject {
  const { type } = part;
  if (type === "output_text" || type === "text") return { ...part, type: words.assistantText };
  return type === "output_audio" || type === "audio" ? { ...part, type: words.assistantAudio } : part;
}

function checkFormat(audio: AudioChunk | undefined, declared: AudioFormat): void {
  if (audio === undefined || sameFormat(audio.format, declared)) return;
  throw new RealtimeUsageError("audio.format", formatMismatch(audio.format, declared));
}

/** The words for audio in another format than the session declared. */
export function formatMismatch(got: AudioFormat, declared: AudioFormat): string {
  return `The audio is ${formatName(got)} and the session takes ${formatName(declared)}; convert it, or change inputAudioFormat.`;
}

/** What the model reads of a tool's result: text as it is, text blocks joined, anything else as JSON. */
export function resultText(result: unknown): string {
  return typeof result === "string" ? result : (blockText(result) ?? resultJson(result) ?? "");
}

/** Reads an item of either dialect. */
export function itemFromWire(wire: WireObject, inputFormat: AudioFormat, outputFormat: AudioFormat): RealtimeConversationItem {
  const { role, status } = wire;
  const format = role === "assistant" ? outputFormat : inputFormat;
  return given({
    id: optionalText(wire, "id"),
    role: role === "user" || role === "assistant" || role === "system" ? role : undefined,
    status: status === "in_progress" || status === "completed" || status === "incomplete" ? status : undefined,
    contents: contentsFromWire(wire, format),
  });
}

function contentsFromWire(wire: WireObject, format: AudioFormat): RealtimeContent[] {
  switch (wire["type"]) {
    case "message":
    case undefined:
      return (optionalArray(wire, "content") ?? []).map((part) => partFromWire(part, format));
    case "function_call":
      return [
        {
          type: "functionCall",
          callId: text(wire, "call_id"),
          name: optionalText(wire, "name") ?? "",
          arguments: optionalText(wire, "arguments") ?? "",
        },
      ];
    case "function_call_output":
      return [{ type: "functionResult", callId: text(wire, "call_id"), result: wire["output"] }];
    case "mcp_list_tools":
      return [
        {
          type: "mcpListTools",
          serverLabel: optionalText(wire, "server_label") ?? "",
          tools: optionalArray(wire, "tools") ?? [],
        },
      ];
    case "mcp_call":
      return [
        given({
          type: "mcpCall" as const,
          serverLabel: optionalText(wire, "server_label") ?? "",
          name: optionalText(wire, "name") ?? "",
          arguments: optionalText(wire, "arguments") ?? "",
          output: optionalText(wire, "output"),
          error: mcpErrorFromWire(wire["error"]),
          approvalRequestId: optionalText(wire, "approval_request_id"),
        }),
      ];
    case "mcp_approval_request":
      return [
        {
          type: "mcpApprovalRequest",
          serverLabel: optionalText(wire, "server_label") ?? "",
          name: optionalText(wire, "name") ?? "",
          arguments: optionalText(wire, "arguments") ?? "",
        },
      ];
    case "mcp_approval_response":
      return [
        given({
          type: "mcpApprovalResponse" as const,
          approvalRequestId: optionalText(wire, "approval_request_id") ?? "",
          approve: wire["approve"] === true,
          reason: optionalText(wire, "reason"),
        }),
      ];
    case "item_reference":
      return [{ type: "itemReference", itemId: text(wire, "id") }];
    default:
      return [{ type: "raw", value: wire }];
  }
}

function mcpErrorFromWire(value: unknown): RealtimeErrorDetail | undefined {
  return typeof value === "string" ? { code: "unknown", message: value } : errorFromWire(value);
}

/** Reads a content part: items say `output_text`, parts say `text`, and both mean the same. */
export function partFromWire(part: unknown, format: AudioFormat): RealtimeContent {
  if (!isObject(part)) return { type: "raw", value: part };
  switch (part["type"]) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: optionalText(part, "text") ?? "" };
    case "input_audio":
    case "output_audio":
    case "audio": {
      const audio = optionalText(part, "audio");
      const chunk = audio === undefined || audio === "" ? undefined : AudioChunk.fromBase64(audio, format);
      // One service has what is spoken under `text`.
      const transcript = optionalText(part, "transcript") ?? optionalText(part, "text");
      return given({ type: "audio" as const, audio: chunk, transcript });
    }
    case "input_image": {
      const { detail } = part;
      const known = detail === "auto" || detail === "low" || detail === "high" ? detail : undefined;
      return given({ type: "image" as const, url: optionalText(part, "image_url") ?? "", detail: known });
    }
    default:
      return { type: "raw", value: part };
  }
}
