import type { RealtimeSessionOptions, RealtimeSessionPatch } from "../options.ts";
import type { FunctionTool, RealtimeTool } from "../tools/tool.ts";

/** Finds the tool a call means: those of one response, the middleware's, the session's; live, so that an update takes effect. */
export class ToolCatalog {
  readonly #own: ReadonlyMap<string, FunctionTool>;
  /** Handlers the application gave: a provider that echoes its options may echo declarations alone. */
  readonly #handlers = new Map<string, FunctionTool>();
  /** Tools of the ResponseCreate sent last, and then of the response it became. */
  #asked: readonly RealtimeTool[] | undefined;
  #responseTools: readonly RealtimeTool[] | undefined;
  #responseId: string | undefined;

  constructor(own: ReadonlyMap<string, FunctionTool>, options: RealtimeSessionOptions) {
    this.#own = own;
    this.#remember(options.tools);
  }

  /** A SessionUpdate was sent. */
  patched(patch: RealtimeSessionPatch): void {
    this.#remember(patch.tools);
  }

  /** A ResponseCreate was sent, with tools of its own or without. */
  asked(tools: readonly RealtimeTool[] | undefined): void {
    this.#asked = tools;
  }

  responseCreated(id: string | undefined): void {
    if (this.#asked === undefined) return;
    this.#responseTools = this.#asked;
    this.#responseId = id;
    this.#asked = undefined;
  }

  /** The tool of that name, without `invoke` where it is the application's; `undefined` where nobody knows it. */
  find(name: string, responseId: string | undefined, options: RealtimeSessionOptions): FunctionTool | undefined {
    const ofResponse = this.#responseTools === undefined ? undefined : named(this.#responseTools, name);
    if (ofResponse !== undefined && responseId === this.#responseId) return ofResponse;
    const own = this.#own.get(name);
    if (own !== undefined) return own;
    const ofSession = options.tools === undefined ? undefined : named(options.tools, name);
    if (ofSession?.invoke !== undefined) return ofSession;
    const handler = this.#handlers.get(name);
    if (ofSession !== undefined) return handler ?? ofSession;
    if (options.tools === undefined && handler !== undefined) return handler;
    // A provider may create a response of its own before the one that was asked for: the ids then do not match.
    return ofResponse ?? (this.#asked === undefined ? undefined : named(this.#asked, name));
  }

  #remember(tools: readonly RealtimeTool[] | null | undefined): void {
    // An absent field keeps what was there; anything else replaces it.
    if (tools === undefined) return;
    this.#handlers.clear();
    for (const tool of tools ?? []) {
      if (tool.type === "function" && tool.invoke !== undefined) this.#handlers.set(tool.name, tool);
    }
  }
}

/** The tools there are, then those of `own` whose names are not taken. */
export function mergeTools(there: readonly RealtimeTool[] | null | undefined, own: readonly FunctionTool[]): RealtimeTool[] {
  const tools = [...(there ?? [])];
  const names = new Set(tools.map((tool) => (tool.type === "function" ? tool.name : undefined)));
  for (const tool of own) if (!names.has(tool.name)) tools.push(tool);
  return tools;
}

function named(tools: readonly RealtimeTool[], name: string): FunctionTool | undefined {
  return tools.find((tool): tool is FunctionTool => tool.type === "function" && tool.name === name);
}
