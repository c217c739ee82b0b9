/** The states every read has on screen: waiting, waiting long, failed with a way on, and there. */

import { RotateCw, WifiOff, Wrench } from "lucide-react";
import type { ReactNode } from "react";

import { ApiError } from "../api/problem";
import { useWords } from "../i18n/text";
import css from "./AsyncView.module.css";
import { Button } from "./Button";
import { errorText, traceOf } from "./error-text";
import { useSlow } from "./useSlow";

interface Read<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
  readonly isFetching: boolean;
}

interface AsyncViewProps<T> {
  readonly read: Read<T>;
  readonly skeleton: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** Old data stays on screen while a newer read fails or runs. */
export function AsyncView<T>({ read, skeleton, children }: AsyncViewProps<T>) {
  if (read.data !== undefined) return children(read.data);
  if (read.error) return <ErrorState error={read.error} retry={read.refetch} busy={read.isFetching} />;
  return <Waiting>{skeleton}</Waiting>;
}

/** A skeleton that says so, and says more when it stays for long. */
export function Waiting({ children }: { readonly children: ReactNode }) {
  const words = useWords();
  const slow = useSlow(true);
  return (
    <div aria-busy>
      <span className="visually-hidden" role="status">
        {words(slow ? "state.slow" : "state.loading")}
      </span>
      {children}
      {slow && (
        <p aria-hidden className={css["slow"]}>
          {words("state.slow")}
        </p>
      )}
    </div>
  );
}

interface ErrorStateProps {
  readonly error: unknown;
  readonly retry: () => unknown;
  readonly busy?: boolean;
}

export function ErrorState({ error, retry, busy = false }: ErrorStateProps) {
  const words = useWords();
  const trace = traceOf(error);
  const Icon = error instanceof ApiError && error.status === 0 ? WifiOff : Wrench;
  return (
    <div className={css["state"]} role="alert">
      <Icon aria-hidden className={css["icon"]} size={30} strokeWidth={1.4} />
      <p>{errorText(error, words)}</p>
      <Button busy={busy} onClick={() => void retry()}>
        <RotateCw aria-hidden size={17} strokeWidth={1.8} />
        {words("state.retry")}
      </Button>
      {trace && <p className={css["trace"]}>{words("state.trace", { trace })}</p>}
    </div>
  );
}

interface EmptyStateProps {
  readonly title?: string;
  readonly text: string;
  readonly picture: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ title, text, picture, action }: EmptyStateProps) {
  return (
    <div className={css["state"]}>
      <div className={css["picture"]}>{picture}</div>
      {title && <h2>{title}</h2>}
      <p className={css["soft"]}>{text}</p>
      {action}
    </div>
  );
}
