/** What there is to do: the event that is on, and the missions of the day and the week. */

import { useQuery } from "@tanstack/react-query";

import { usePageTitle } from "../../app/usePageTitle";
import { events, missions } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { SkeletonLines } from "../../ui/Skeleton";
import { RewardsNav } from "../rewards/RewardsNav";
import { EventBoard, NoEvent } from "./EventBoard";
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
  const read = useQuery(events);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={4} height="3rem" />}>
      {({ items }) =>
        items.length === 0 ? <NoEvent /> : items.map((event) => <EventBoard key={event.id} event={event} />)
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
