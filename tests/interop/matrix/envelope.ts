/** How alike the loudness of two recordings runs, -1 to 1, by the root mean square of each 10 ms. */
export function envelopeCorrelation(a: Int16Array, b: Int16Array, sampleRate: number): number {
  const [left, right] = [envelope(a, sampleRate / 100), envelope(b, sampleRate / 100)];
  const count = Math.min(left.length, right.length);
  const [meanLeft, meanRight] = [mean(left, count), mean(right, count)];
  let product = 0;
  let squareLeft = 0;
  let squareRight = 0;
  for (let i = 0; i < count; i++) {
    const x = (left[i] as number) - meanLeft;
    const y = (right[i] as number) - meanRight;
    product += x * y;
    squareLeft += x * x;
    squareRight += y * y;
  }
  return product / Math.sqrt(squareLeft * squareRight);
}

function envelope(samples: Int16Array, window: number): number[] {
  const values: number[] = [];
  for (let start = 0; start + window <= samples.length; start += window) {
    let square = 0;
    for (let i = start; i < start + window; i++) square += (samples[i] as number) ** 2;
    values.push(Math.sqrt(square / window));
  }
  return values;
}

function mean(values: readonly number[], count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i] as number;
  return sum / count;
}
