import { describe, expect, test } from "vitest";
import { credentialsOf, redact, redactText } from "./credentials.ts";

const KEY = 'sk-"quoted"/key+1';

describe("redactText", () => {
  test.each([
    ["as it is", `bad ${KEY}!`, "bad [redacted]!"],
    ["in a URL", `?key=${encodeURIComponent(KEY)}&x=1`, "?key=[redacted]&x=1"],
    ["in JSON", JSON.stringify({ said: KEY }), '{"said":"[redacted]"}'],
    ["cut at the end", `bad ${KEY.slice(0, 9)}`, "bad [redacted]"],
    ["too short a beginning to tell", "bad sk-", "bad sk-"],
  ])("takes a key out %s", (_how, text, clean) => {
    expect(redactText(text, [KEY])).toBe(clean);
  });

  test("leaves ordinary words that happen to be a short secret", () => {
    expect(redactText("the model is short", ["model", ""])).toBe("the model is short");
  });

  test("takes keys of any characters", () => {
    expect(redactText("odd \uD800key-of-eight", ["\uD800key-of-eight"])).toBe("odd [redacted]");
  });
});

test("redact reaches causes and the parts of an aggregate", () => {
  const inner = new TypeError(`inner ${KEY}`);
  const error = new TypeError(`outer ${KEY}`, { cause: new AggregateError([inner], `all ${KEY}`) });
  expect(redact(error, [KEY])).toBe(error);
  expect([error.message, (error.cause as Error).message, inner.message]).toEqual([
    "outer [redacted]",
    "all [redacted]",
    "inner [redacted]",
  ]);
  expect(`${error.stack}${inner.stack}`).not.toContain(KEY);
});

test("credentialsOf knows them by the names of their fields", () => {
  const target = {
    url: new URL("wss://user:password-1@h.example/v1?key=query-key-1&model=gpt&X-Goog-Signature=signed-1"),
    headers: { Authorization: "Bearer header-key-1", "OpenAI-Project": "proj_1", "X-Proxy-Token": "proxy-1" },
    protocols: ["realtime", "openai-insecure-api-key.protocol-1"],
  };
  expect(credentialsOf(target)).toEqual([
    "header-key-1",
    "proxy-1",
    "query-key-1",
    "signed-1",
    "openai-insecure-api-key.protocol-1",
    "password-1",
  ]);
});
