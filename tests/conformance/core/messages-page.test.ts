import { readFileSync } from "node:fs";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { describe, expect, it } from "vitest";
import type { RealtimeClientMessage, RealtimeServerMessage } from "@voxline/core";

const page = readFileSync(new URL("../../../docs/reference/messages.md", import.meta.url), "utf8");
const [, said = "", heard = ""] = page.split(/^## .*$/m);
const rows = (section: string) =>
  [...section.matchAll(/^\| `([A-Z]\w+)` +\| (.+?) \| ?(.*?) ?\|$/gm)].map(([, type = "", , wire = ""]) => ({ type, wire }));

describe("[row 20] the page of messages", () => {
  it("lists every message an app can send, once", () => {
    const types = {
      Raw: 0,
      SessionUpdate: 0,
      InputAudioBufferAppend: 0,
      InputAudioBufferCommit: 0,
      InputAudioBufferClear: 0,
      InputImageBufferAppend: 0,
      InputTextAppend: 0,
      InputActivityStart: 0,
      InputActivityEnd: 0,
      ConversationItemCreate: 0,
      ConversationItemTruncate: 0,
      ConversationItemDelete: 0,
      ConversationItemRetrieve: 0,
      ResponseCreate: 0,
      ResponseCancel: 0,
      OutputAudioBufferClear: 0,
    } satisfies Record<RealtimeClientMessage["type"], 0>;
    expect(rows(said).map(({ type }) => type)).toEqual(Object.keys(types));
    expect(rows(said).length).toBe(16);
  });

  it("lists every message a session can say, once", () => {
    const types = {
      RawContentOnly: 0,
      SessionCreated: 0,
      SessionUpdated: 0,
      SessionGoingAway: 0,
      SessionResumptionUpdated: 0,
      SessionEnded: 0,
      InputSpeechStarted: 0,
      InputSpeechStopped: 0,
      InputAudioBufferCommitted: 0,
      InputAudioBufferCleared: 0,
      InputTimeoutTriggered: 0,
      InputAudioTranscriptionDelta: 0,
      InputAudioTranscriptionSegment: 0,
      InputAudioTranscriptionCompleted: 0,
      InputAudioTranscriptionFailed: 0,
      ConversationItemAdded: 0,
      ConversationItemDone: 0,
      ConversationItemTruncated: 0,
      ConversationItemDeleted: 0,
      ConversationItemRetrieved: 0,
      ResponseCreated: 0,
      ResponseDone: 0,
      ResponseOutputItemAdded: 0,
      ResponseOutputItemDone: 0,
      ResponseContentPartAdded: 0,
      ResponseContentPartDone: 0,
      OutputTextDelta: 0,
      OutputTextDone: 0,
      OutputAudioDelta: 0,
      OutputAudioDone: 0,
      OutputAudioTranscriptionDelta: 0,
      OutputAudioTranscriptionDone: 0,
      OutputReasoningDelta: 0,
      OutputReasoningDone: 0,
      ToolCallArgumentsDelta: 0,
      ToolCallArgumentsDone: 0,
      ToolCallCancelled: 0,
      ToolResult: 0,
      ToolApprovalRequired: 0,
      Interrupted: 0,
      McpListToolsInProgress: 0,
      McpListToolsCompleted: 0,
      McpListToolsFailed: 0,
      McpCallArgumentsDelta: 0,
      McpCallArgumentsDone: 0,
      McpCallInProgress: 0,
      McpCallCompleted: 0,
      McpCallFailed: 0,
      RateLimitsUpdated: 0,
      Error: 0,
      Warning: 0,
    } satisfies Record<RealtimeServerMessage["type"], 0>;
    expect(rows(heard).map(({ type }) => type)).toEqual(Object.keys(types));
    expect(rows(heard).length).toBe(51);
  });

  it("names every event of the official SDK's union", () => {
    const named = rows(heard).flatMap(({ wire }) => [...wire.matchAll(/`([a-z_.]+)`/g)].map(([, name]) => name));
    const known: readonly RealtimeServerEvent["type"][] = ["error", "session.created", "response.done", "mcp_list_tools.failed"];
    expect(named).toEqual(expect.arrayContaining([...known]));
    expect(new Set(named).size).toBe(46);
    expect(named.length).toBe(46);
  });
});
