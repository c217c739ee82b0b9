/** What there is to do: the event that is on, and the missions of the day and the week. */

import { useQuery } from "@tanstack/react-query";
import { CalendarOff } from "lucide-react";

import { usePageTitle } from "../../app/usePageTitle";
import { events, missions } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { RewardsNav } from "../rewards/RewardsNav";
import { EventBoard } from "./EventBoard";
import css from "./EventsPage.module.css";
import { MissionList } from "./MissionList";

export function EventsPage() {
  const words = useWords();
  usePageTitle(words("events.title"));
  return (
    <>
      <h1 className={css["title"]}>{words("events.title")}</h1>
      <RewardsNav />
      <div className={css["stack"]}>
        <RunningEvents />
        <Missions />
      </div>
    </>
  );
}

function RunningEvents() {
  const words = useWords();
  const read = useQuery(events);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={4} height="3rem" />}>
      {({ items }) =>
        items.length === 0 ? (
          <Surface title={words("events.hot")}>
            <EmptyState
              title={words("events.none")}
              text={words("events.noneText")}
              picture={<CalendarOff aria-hidden size={60} strokeWidth={1} />}
            />
          </Surface>
        ) : (
          items.map((event) => <EventBoard key={event.id} event={event} />)
        )
      }
    </AsyncView>
  );
}

function Missions() {
  const words = useWords();
  const read = useQuery(missions);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={6} height="3rem" />}>
      {({ daily, weekly, daily_resets_at, weekly_resets_at }) => (
        <div className={css["missions"]}>
          <MissionList title={words("missions.daily")} missions={daily} resetsAt={daily_resets_at} />
          <MissionList title={words("missions.weekly")} missions={weekly} resetsAt={weekly_resets_at} />
        </div>
      )}
    </AsyncView>
  );
}
