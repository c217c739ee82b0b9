/** Shown while the club is closed; looks again by itself when the announced time is over. */

import { useEffect } from "react";

import { useFormats, useWords } from "../i18n/text";
import { Button } from "../ui/Button";
import { FullScreen } from "../ui/FullScreen";
import { useCountdown } from "../ui/useClock";
import { queryClient, resumeSession } from "../wiring";
import { endMaintenance, useMaintenance } from "./maintenance";

function lookAgain(): void {
  endMaintenance();
  void queryClient.refetchQueries();
  void resumeSession();
}

export function MaintenanceScreen() {
  const words = useWords();
  const { clock } = useFormats();
  const until = useMaintenance((state) => state.until ?? 0);
  const left = useCountdown(until);
  useEffect(() => {
    if (left === 0) lookAgain();
  }, [left]);
  return (
    <FullScreen title={words("maintenance.title")} text={words("maintenance.text")}>
      <p role="timer">{words("maintenance.countdown", { time: clock(left) })}</p>
      <Button onClick={lookAgain}>{words("maintenance.retry")}</Button>
    </FullScreen>
  );
}
