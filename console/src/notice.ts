import { useCallback, useEffect, useState } from "preact/hooks";

const SHOWN_MILLISECONDS = 8_000;

/** What was done last, for a while; `number` tells the same words apart when they come again. */
export interface Notice {
  text: string;
  number: number;
}

/** The notice that is shown, and how to show another. */
export function useNotice(): [Notice | null, (text: string) => void] {
  const [notice, setNotice] = useState<Notice | null>(null);
  const notify = useCallback((text: string) => {
    setNotice((last) => ({ text, number: (last?.number ?? 0) + 1 }));
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setNotice(null), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [notice]);
  return [notice, notify];
}
