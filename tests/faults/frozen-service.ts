import { spawn, type ChildProcess } from "node:child_process";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("frozen-service.mjs", import.meta.url));

/** A service in a process of its own, which can be stopped as a whole: its kernel answers, and it does not. */
export class FrozenService {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #fillers: Socket[] = [];

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start({ backlog = 511 }: { readonly backlog?: number } = {}): Promise<FrozenService> {
    const child = spawn(process.execPath, [SCRIPT, String(backlog)], { stdio: ["ignore", "pipe", "inherit"] });
    const port = await new Promise<number>((resolve) => {
      child.stdout.once("data", (line: Buffer) => resolve(Number(line.toString())));
    });
    return new FrozenService(child, port);
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Connects until the kernel takes no more: the next SYN is dropped without a word. */
  async fillBacklog(): Promise<void> {
    for (let connected = true; connected;) {
      const socket = connect(this.port, "127.0.0.1");
      socket.on("error", () => undefined);
      this.#fillers.push(socket);
      const opened = new Promise<boolean>((resolve) => socket.once("connect", () => resolve(true)));
      const waited = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 150));
      connected = await Promise.race([opened, waited]);
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#fillers) socket.destroy();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGKILL");
    await exited;
  }
}
