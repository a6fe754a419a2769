/** Doing again what is asked for often, one at a time. */

/**
 * A task that never runs twice at once: whatever is asked for while it runs is done by one more run,
 * a moment later.
 *
 * @param task What is done.
 * @param milliseconds Between two runs.
 * @returns Asks for a run; its promise ends when nothing more is asked for.
 */
export function oneAtATime(task: () => Promise<void>, milliseconds: number): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isDue = false;

  async function run() {
    do {
      isDue = false;
      await task();
      if (isDue) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    } while (isDue);
    running = null;
  }

  return () => {
    if (running === null) running = run();
    else isDue = true;
    return running;
  };
}

/** A call that is made at once, and again as long as it is asked for, at most so often. */
export function atMostEvery(milliseconds: number, call: () => void): () => void {
  let isResting = false;
  let isDue = false;

  function ask() {
    if (isResting) {
      isDue = true;
      return;
    }
    isResting = true;
    call();
    setTimeout(() => {
      isResting = false;
      const isAsked = isDue;
      isDue = false;
      if (isAsked) ask();
    }, milliseconds);
  }

  return ask;
}
