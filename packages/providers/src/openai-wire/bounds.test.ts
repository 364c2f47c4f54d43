import { describe, expect, test } from "vitest";
import { PCM16_24K, PCMU_8K } from "@voxline/core";
import { PendingUpdates } from "./pending-updates.ts";
import { ToolCallTable } from "./tool-call-table.ts";
import { WireState } from "./wire-state.ts";

describe("what a service never ends does not grow for ever", () => {
  test("calls: the oldest are forgotten", () => {
    const calls = new ToolCallTable();
    for (let n = 0; n < 65; n++) calls.begin(`item_${n}`, "resp_1", `call_${n}`, "look");
    expect(calls.take("item_0")).toBeUndefined();
    expect(calls.take("item_1")).toMatchObject({ callId: "call_1", name: "look" });
    for (let n = 0; n < 100; n++) calls.append(`stray_${n}`, undefined, undefined, "{");
    expect(calls.take("stray_35")).toBeUndefined();
    expect(calls.take("stray_36")).toMatchObject({ arguments: "{" });
  });

  test("arguments: beyond a million characters a piece costs itself", () => {
    const calls = new ToolCallTable();
    calls.append("item_1", "resp_1", "call_1", "x".repeat(1024 * 1024));
    expect(() => calls.append("item_1", "resp_1", "call_1", "x")).toThrow(
      expect.objectContaining({
        code: "protocol.oversize",
        message: "The arguments of call call_1 are longer than 1048576 characters; the rest was skipped.",
      }),
    );
  });

  test("updates without an answer", () => {
    const updates = new PendingUpdates({ inputFormat: () => undefined });
    for (let n = 0; n < 300; n++) updates.sent(`update_${n}`, {}, {});
    expect(updates.confirmed({})?.eventId).toBe("update_44");
  });

  test("formats of responses without an end", () => {
    const state = new WireState({}, undefined);
    for (let n = 0; n < 17; n++) state.responseCreated(`resp_${n}`, PCMU_8K);
    expect(state.formatOf("resp_0")).toBe(PCM16_24K);
    expect(state.formatOf("resp_1")).toBe(PCMU_8K);
  });
});
