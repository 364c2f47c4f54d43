/** The provider's close code where a close frame may carry it, else 1000. */
export function sendableCode(code: number | undefined): number {
  if (code === undefined) return 1000;
  const standard = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
  return standard || (code >= 3000 && code <= 4999) ? code : 1000;
}
