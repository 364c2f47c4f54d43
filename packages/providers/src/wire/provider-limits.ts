/** A limit of a provider's service, as its documentation states it: no code branches on it, the documentation pages are made from it. */
export interface ProviderLimit {
  /** What is limited: "one session". */
  readonly what: string;
  /** With its unit: "60 minutes". */
  readonly value: string;
  /** Where it is stated. */
  readonly source: string;
  /** The day it was read there, `YYYY-MM-DD`. */
  readonly readOn: string;
}

export type ProviderLimits = readonly ProviderLimit[];

/** An error a provider reports, and what helps. */
export interface ProviderErrorNote {
  /** The `code` of an Error message, or how the error shows where it has none. */
  readonly code: string;
  readonly meaning: string;
  /** Whether the session, or the same attempt made later, can go on. */
  readonly recoverable: boolean;
  readonly action: string;
}
