/** The missions of a period, and the reward of each that is done. */

import { Check } from "lucide-react";
import type { ReactNode } from "react";

import { answer } from "../../api/client";
import type { MissionCard } from "../../api/model";
import { useTitle } from "../../i18n/titles";
import { useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { Meter } from "../../ui/Meter";
import { useRemaining } from "../../ui/Remaining";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import { useClaim } from "../rewards/useClaim";
import css from "./MissionList.module.css";

interface MissionListProps {
  readonly title: string;
  readonly missions: readonly MissionCard[];
  readonly resetsAt: string;
  /** Stands below the list, e.g. the way to more of them. */
  readonly foot?: ReactNode;
}

export function MissionList({ title, missions, resetsAt, foot }: MissionListProps) {
  const words = useWords();
  const time = useRemaining(resetsAt);
  return (
    <Surface title={title} lit="cold" aside={<span className={css["soft"]}>{words("missions.resets", { time })}</span>}>
      {missions.length === 0 ? (
        <p className={css["soft"]}>{words("missions.empty")}</p>
      ) : (
        <ul className={css["list"]}>
          {missions.map((mission) => (
            <MissionRow key={mission.id} mission={mission} />
          ))}
        </ul>
      )}
      {foot}
    </Surface>
  );
}

function MissionRow({ mission }: { readonly mission: MissionCard }) {
  const words = useWords();
  const title = useTitle();
  const claim = useClaim<number, { awarded_gold: number; new_gold_balance: number }>({
    ask: (mission_id, sent) =>
      answer(api.POST("/api/events/missions/{mission_id}/claim", { params: { path: { mission_id } }, ...sent })),
    told: ({ awarded_gold }) => words("rewards.given", { gold: awarded_gold }),
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: ["missions", "battlepass"],
  });
  const name = title(mission.title);
  return (
    <li className={css["mission"]} data-mission={mission.code}>
      <span className={css["name"]}>{name}</span>
      <span className={css["gold"]}>{words("rewards.gold", { gold: mission.gold })}</span>
      <Meter label={name} value={mission.progress} max={mission.target} />
      <span className={css["state"]}>
        {mission.claimed ? (
          <span className={css["done"]}>
            <Check aria-hidden size={17} strokeWidth={2} />
            {words("rewards.claimed")}
          </span>
        ) : mission.claimable ? (
          <Button tone="hot" busy={claim.busy} onClick={() => claim.claim(mission.id)}>
            {words("pass.claim")}
            <span className="visually-hidden">{name}</span>
          </Button>
        ) : (
          words("events.progress", { progress: mission.progress, target: mission.target })
        )}
      </span>
    </li>
  );
}
