/**
 * Knows whether the model answers tools' results by itself: some sessions go on once they have the results, as users report, and the
 * ResponseCreate behind these would bring a second answer.
 *
 * Results are `given`; then a response has `begun` by itself, or one is `asked` for and `answered`.
 */
export class ToolAnswer {
  #state: "none" | "given" | "begun" | "asked" | "answered" = "none";

  /** Results were sent. */
  resultSent(): void {
    this.#state = "given";
  }

  /** The user has said something since, so that a response that is asked for is another one. */
  newInput(): void {
    this.#state = "none";
  }

  /** A response is to be asked for; `false` where it has begun already, as the answer to the results. */
  isWanted(): boolean {
    const isWanted = this.#state !== "begun";
    this.#state = this.#state === "given" ? "asked" : "none";
    return isWanted;
  }

  /** Whether a service that refuses the response that was asked for gives it by itself. */
  get isGivenAnyway(): boolean {
    return this.#state === "asked" || this.#state === "answered";
  }

  responseBegan(): void {
    if (this.#state === "given") this.#state = "begun";
    else if (this.#state === "asked") this.#state = "answered";
  }

  /** A response is over; it may be the one that asked for the tools, where its end comes behind their results. */
  responseEnded(): void {
    if (this.#state === "begun" || this.#state === "answered") this.#state = "none";
  }
}
