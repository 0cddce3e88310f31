/** Who waits for a signal. Each signal gets one listener, however many calls it serves: Node warns of more than ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `leave` once the signal is aborted, until what it returns is called. */
export function onAbort(signal: AbortSignal | undefined, leave: () => void): () => void {
  if (!signal) {
    return () => undefined;
  }
  let all = waiting.get(signal);
  if (!all) {
    all = new Set();
    waiting.set(signal, all);
    signal.addEventListener("abort", () => {
      waiting.get(signal)?.forEach((each) => {
        each();
      });
    });
  }
  const those = all;
  const own = (): void => {
    leave();
  };
  those.add(own);
  return () => {
    those.delete(own);
  };
}
