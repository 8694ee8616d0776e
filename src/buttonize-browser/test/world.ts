import { vi } from "vitest";

/** What the time really is when a test begins. */
const START = Date.parse("2026-03-01T12:00:00Z");

/** The time everywhere: the right one, and the browser's two clocks, which stand still unless told to go. */
export class World {
  /** The delays that were asked of `setTimeout`, those that end an attempt left out. */
  readonly waits: number[] = [];
  #slept = 0;
  readonly #started: number;

  constructor() {
    const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
    vi.useFakeTimers({
      toFake: ["Date", "performance", "setTimeout", "clearTimeout"],
      now: START,
    });
    this.#started = performance.now();
    const { setTimeout: fakeSet, clearTimeout: fakeClear } = globalThis;
    const real = new WeakSet<object>();
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((
      ...call: Parameters<typeof realSet>
    ) => {
      // What Node's own fetch times (its connections) goes on in real time.
      if (new Error().stack?.includes("node:internal/deps/undici")) {
        const timer = realSet(...call);
        real.add(timer);
        return timer;
      }
      const [, delay = 0] = call;
      if (delay !== 10_000) {
        this.waits.push(delay);
      }
      return fakeSet(...call);
    }) as typeof setTimeout);
    vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) =>
      typeof timer === "object" && real.has(timer) ? realClear(timer) : fakeClear(timer),
    );
  }

  /** The right time. */
  now(): number {
    return START + this.#slept + performance.now() - this.#started;
  }

  /** Time passes for everybody. */
  async pass(milliseconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  /** The machine sleeps: the monotonic clock stands still meanwhile. */
  sleep(milliseconds: number): void {
    this.#slept += milliseconds;
    vi.setSystemTime(Date.now() + milliseconds);
  }

  /** Somebody sets the browser's clock; at the beginning of a test: it is wrong. */
  setClock(by: number): void {
    vi.setSystemTime(Date.now() + by);
  }

  /** Waits until the client waits for the n-th time, and lets that wait pass. */
  async passWait(n: number): Promise<void> {
    await until(() => this.waits.length >= n);
    await this.pass(Math.ceil(this.waits[n - 1] ?? 0));
  }

  /** Lets time pass, slowly, until a promise is settled. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    promise.then(
      () => (done = true),
      () => (done = true),
    );
    await until(async () => {
      await this.pass(5);
      return done;
    });
    return promise;
  }

  end(): void {
    vi.useRealTimers();
  }
}

/** Waits for a condition, without the passing of time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const minutes = (n: number): number => n * 60_000;
