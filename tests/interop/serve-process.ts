import { tmpdir } from "node:os";
import { Child, VOXLINE, type Finished } from "../e2e/process.ts";
import { within } from "./event-log.ts";

/** A `voxline serve` of its own, on a free port of this machine. */
export class ServeProcess implements AsyncDisposable {
  /** `ws:` or `wss:`, with the path of the realtime endpoint. */
  readonly url: URL;
  readonly #child: Child;

  private constructor(child: Child, url: URL) {
    this.#child = child;
    this.url = url;
  }

  static async start(...args: string[]): Promise<ServeProcess> {
    const child = new Child([VOXLINE, "serve", "--provider", "local", "--port", "0", ...args], { cwd: tmpdir() });
    try {
      const [, url] = await within(child.prints(/at (wss?:\S+)/), "the start of voxline serve");
      return new ServeProcess(child, new URL(url as string));
    } catch (error) {
      child.process.kill("SIGKILL");
      throw error;
    }
  }

  /** Asks it to stop, as a service manager does. */
  stop(): Promise<Finished> {
    this.#child.process.kill("SIGTERM");
    return within(this.#child.finished, "the end of voxline serve");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.process.exitCode !== null) return;
    await this.stop().catch(() => this.#child.process.kill("SIGKILL"));
  }
}
