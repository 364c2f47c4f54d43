/** Control, direction and line-breaking characters: they would forge lines of a log or colour a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** What a peer wrote, fit for one line of a log. */
export function peerText(text: string): string {
  return text.replace(UNPRINTABLE, " ").trim();
}

/** The beginning of what a peer wrote, cut between words, so that no half of a key is left that nobody would recognise as one. */
export function quoteOf(text: string, maxLength: number): string {
  const plain = peerText(text);
  if (plain.length <= maxLength) return plain;
  const end = plain.lastIndexOf(" ", maxLength);
  return end <= 0 ? "" : `${plain.slice(0, end)} …`;
}
