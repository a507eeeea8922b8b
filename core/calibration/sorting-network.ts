/** In place of a row number: the step has only two. */
export const NONE = 0xffff_ffff;

/**
 * The steps of a network that sorts `count` values of which each whole group of eight (0 to 7, 8 to 15, ...) is sorted already. Four
 * numbers a step: places a, b, c, d for the comparators (a, c), (b, d), (b, c), or a, b, NONE, NONE for the one comparator (a, b); a
 * comparator puts the smaller value at its first place. Batcher's odd-even merging (Batcher 1968, "Sorting networks and their
 * applications"), two of its levels at a time where they meet in the same four places: these are then read and written once.
 */
export function sortingNetwork(count: number): Uint32Array {
  const steps: number[] = [];
  const compare = (a: number, b: number) => {
    if (b < count) steps.push(a, b, NONE, NONE);
  };
  const wholeGroups = count & ~7;
  for (let half = 1; half < count; half *= 2) {
    for (let begin = half < 8 ? wholeGroups : 0; begin < count; begin += 2 * half) {
      // The first level compares all of the lower half with the upper; each later one leaves the outermost alone.
      for (let distance = half; distance >= 1; distance >>= 2) {
        const first = distance === half ? begin : begin + distance;
        const end = begin + 2 * half - distance;
        const short = distance >> 1;
        for (let at = first; at < end; at += 2 * distance) {
          for (let i = at; i < at + Math.max(short, 1); i++) {
            if (short > 0 && i + distance + short < count) steps.push(i, i + short, i + distance, i + distance + short);
            else {
              compare(i, i + distance);
              if (short > 0) {
                compare(i + short, i + short + distance);
                compare(i + short, i + distance);
              }
            }
          }
        }
        if (short === 0 || distance === half) continue;
        // What the shorter of the two levels compares across the groups of four.
        for (let at = begin + short; at < begin + 2 * half - short; at += 2 * distance) {
          for (let i = at; i < at + short; i++) compare(i, i + short);
        }
      }
    }
  }
  return Uint32Array.from(steps);
}
