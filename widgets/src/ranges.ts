// Element numbers as a short text: "5 3 7-9".  The Python side has the same two functions in elements.py.

export function toRanges(numbers: Iterable<number>): string {
  const parts: string[] = [];
  let first = NaN;
  let last = NaN;
  const close = () => {
    if (first === first) parts.push(first === last ? `${first}` : `${first}-${last}`);
  };
  for (const n of numbers) {
    if (n !== last + 1) {
      close();
      first = n;
    }
    last = n;
  }
  close();
  return parts.join(" ");
}

export function fromRanges(text: string | null | undefined, below = Infinity): number[] {
  const out: number[] = [];
  for (const part of (text ?? "").split(" ")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const last = Math.min(Number(match[2] ?? match[1]), below - 1);
    for (let n = Number(match[1]); n <= last; n++) out.push(n);
  }
  return out;
}
