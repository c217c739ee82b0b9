/** The last net: a screen that throws is reported and replaced by a way on. */

import { Component, type ErrorInfo, type ReactNode } from "react";

import { useWords } from "../i18n/text";
import { Button } from "../ui/Button";
import { FullScreen } from "../ui/FullScreen";
import { telemetry } from "../wiring";

interface BoundaryState {
  readonly crashed: boolean;
}

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { crashed: false };

  static getDerivedStateFromError(): BoundaryState {
    return { crashed: true };
  }

  override componentDidCatch(error: Error, { componentStack }: ErrorInfo): void {
    telemetry.note({ kind: "error", name: error.name, detail: `${error.message}${componentStack ?? ""}` });
    void telemetry.flush();
  }

  override render(): ReactNode {
    return this.state.crashed ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const words = useWords();
  return (
    <FullScreen title={words("state.crashed.title")} text={words("state.crashed.text")}>
      <Button tone="hot" onClick={() => location.reload()}>
        {words("state.crashed.reload")}
      </Button>
    </FullScreen>
  );
}
