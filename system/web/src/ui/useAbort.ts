/** A signal that is aborted when its screen goes away, for the requests a person started there. */

import { useEffect, useRef } from "react";

/** Gives the signal for requests begun now. */
export function useAbort(): () => AbortSignal {
  const controller = useRef<AbortController | null>(null);
  useEffect(() => {
    return () => {
      controller.current?.abort();
      controller.current = null;
    };
  }, []);
  return () => (controller.current ??= new AbortController()).signal;
}
