/**
 * How far the browser's two clocks may drift apart before neither is trusted, in milliseconds. Far
 * above what a time service corrects at once, far below the five minutes that AWS signatures tolerate.
 */
const DRIFT = 30_000;

/** A moment in the past, by both of the browser's clocks. */
export interface Moment {
  /** `Date.now()` at that moment. */
  readonly wall: number;
  /**
   * Milliseconds since then, or more: the larger of what the two clocks say. `performance.now()`
   * stands still while most machines sleep, and `Date.now()` goes back when somebody sets it back.
   */
  elapsed(): number;
  /** Whether the clocks disagree: the machine slept, or its clock was set. What was measured then is void. */
  moved(): boolean;
}

/** This moment. */
export function moment(): Moment {
  const wall = Date.now();
  const monotonic = performance.now();
  const both = () => [Date.now() - wall, performance.now() - monotonic] as const;
  return {
    wall,
    elapsed: () => Math.max(...both()),
    moved: () => {
      const [byWall, byMonotonic] = both();
      return Math.abs(byWall - byMonotonic) > DRIFT;
    },
  };
}
