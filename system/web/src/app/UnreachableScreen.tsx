/** Shown when nobody knows yet whether there is a session: asks again by itself, and at once when told to. */

import { useCallback, useEffect, useState } from "react";

import { useWords } from "../i18n/text";
import { Button } from "../ui/Button";
import { FullScreen } from "../ui/FullScreen";
import { resumeSession } from "../wiring";

const LOOK_AGAIN_SECONDS = 5;

export function UnreachableScreen() {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const look = useCallback(async () => {
    setBusy(true);
    await resumeSession();
    setBusy(false);
  }, []);
  useEffect(() => {
    const timer = setInterval(() => void look(), LOOK_AGAIN_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [look]);
  return (
    <FullScreen title={words("state.unreachable.title")} text={words("state.unreachable.text")}>
      <Button tone="hot" busy={busy} onClick={() => void look()}>
        {words("state.retry")}
      </Button>
    </FullScreen>
  );
}
