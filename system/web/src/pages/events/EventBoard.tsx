/** An event: what it asks, what it gives, how long it is on, and how far the player came. */

import { CalendarOff, Clock, Users } from "lucide-react";

import { answer } from "../../api/client";
import type { EventCard } from "../../api/model";
import { useTitle } from "../../i18n/titles";
import { useWords } from "../../i18n/text";
import { EmptyState } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Meter } from "../../ui/Meter";
import { useRemaining } from "../../ui/Remaining";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import { useClaim } from "../rewards/useClaim";
import css from "./EventBoard.module.css";

export function EventBoard({ event }: { readonly event: EventCard }) {
  const words = useWords();
  const title = useTitle();
  const time = useRemaining(event.ends_at);
  return (
    <Surface title={title(event.title)} lit="hot" aside={<span className={css["on"]}>{words("events.hot")}</span>}>
      <div className={css["board"]}>
        <p>{title(event.description)}</p>
        <ul className={css["facts"]}>
          <li>
            <Clock aria-hidden size={17} strokeWidth={1.6} />
            {words("events.ends", { time })}
          </li>
          <li>
            <Users aria-hidden size={17} strokeWidth={1.6} />
            {words("events.players", { count: event.participants })}
          </li>
        </ul>
        <p className={css["reward"]}>
          <strong>{words("rewards.gold", { gold: event.reward.gold })}</strong>
          {event.reward.flat_win_bonus > 0 && (
            <span>{words("events.bonus", { gold: event.reward.flat_win_bonus })}</span>
          )}
        </p>
        <MyPart event={event} />
      </div>
    </Surface>
  );
}

/** The stage between two events. */
export function NoEvent() {
  const words = useWords();
  return (
    <Surface title={words("events.hot")}>
      <EmptyState
        title={words("events.none")}
        text={words("events.noneText")}
        picture={<CalendarOff aria-hidden size={60} strokeWidth={1} />}
      />
    </Surface>
  );
}

function MyPart({ event }: { readonly event: EventCard }) {
  const words = useWords();
  const join = useClaim<number, unknown>({
    ask: (eventId, { signal }) => answer(api.POST("/api/events/join", { body: { eventId }, signal })),
    told: () => words("events.joined"),
    moves: ["events"],
  });
  const claim = useClaim<number, { awarded_gold: number; new_gold_balance: number }>({
    ask: (event_id, sent) => answer(api.POST("/api/events/claim/{event_id}", { params: { path: { event_id } }, ...sent })),
    told: ({ awarded_gold }) => words("rewards.given", { gold: awarded_gold }),
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: ["events"],
  });
  const { mine } = event;
  if (!mine) {
    return (
      <Button tone="hot" large busy={join.busy} onClick={() => join.claim(event.id)}>
        {words("events.join")}
      </Button>
    );
  }
  const progress = words("events.progress", { progress: mine.progress, target: mine.target });
  return (
    <div className={css["mine"]}>
      <Meter label={progress} value={mine.progress} max={mine.target} lit="hot" />
      <p className={css["progress"]}>
        <span>{progress}</span>
        {mine.claimable && (
          <Button tone="hot" busy={claim.busy} onClick={() => claim.claim(event.id)}>
            {words("rewards.claim", { gold: event.reward.gold })}
          </Button>
        )}
        {mine.claimed_at && <span className={css["done"]}>{words("rewards.claimed")}</span>}
      </p>
    </div>
  );
}
