/** How the club keeps its promises, for everybody: what is wrong now, and what is left of each error budget. */

import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleHelp, type LucideIcon } from "lucide-react";

import type { Objective, PublicStatus } from "../../api/model";
import { publicStatus } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import css from "./StatusPage.module.css";

const ICONS: Readonly<Record<PublicStatus["state"], LucideIcon>> = {
  operational: CircleCheck,
  degraded: CircleAlert,
  unknown: CircleHelp,
};
const NAMED = new Set([
  "auth-availability",
  "dashboard-latency",
  "games-availability",
  "probe-availability",
  "read-latency",
  "realtime-availability",
  "realtime-delivery",
  "write-latency",
]);

export function StatusPage() {
  const words = useWords();
  usePageTitle(words("status.title"));
  const read = useQuery(publicStatus);
  return (
    <div className={css["page"]}>
      <h1 className={css["title"]}>{words("status.title")}</h1>
      <AsyncView read={read} skeleton={<SkeletonLines count={6} height="3.5rem" />}>
        {(status) => (
          <>
            <Headline status={status} />
            <Incidents status={status} />
            <Objectives status={status} />
          </>
        )}
      </AsyncView>
    </div>
  );
}

function Headline({ status }: { readonly status: PublicStatus }) {
  const words = useWords();
  const { moment } = useFormats();
  const Icon = ICONS[status.state];
  return (
    <div className={css["headline"]} data-state={status.state} role="status">
      <Icon aria-hidden size={40} strokeWidth={1.4} />
      <div>
        <p className={css["word"]}>{words(`status.state.${status.state}`)}</p>
        <p className={css["soft"]}>{words("status.asOf", { time: moment(status.generated_at) })}</p>
      </div>
    </div>
  );
}

function Incidents({ status }: { readonly status: PublicStatus }) {
  const words = useWords();
  const { moment } = useFormats();
  if (status.incidents.length === 0) return null;
  return (
    <Surface title={words("status.incidents")} lit="hot">
      <ul>
        {status.incidents.map((incident) => (
          <li key={incident.name} className={css["incident"]}>
            <strong lang="en">{incident.summary}</strong>
            <time className={css["soft"]} dateTime={incident.since}>
              {words("status.since", { time: moment(incident.since) })}
            </time>
          </li>
        ))}
      </ul>
    </Surface>
  );
}

function Objectives({ status }: { readonly status: PublicStatus }) {
  const words = useWords();
  return (
    <Surface title={words("status.objectives")} lit="cold">
      <p className={css["soft"]}>{words("status.objectivesText")}</p>
      {status.objectives.length === 0 ? (
        <p className={css["nothing"]}>{words("status.nothing")}</p>
      ) : (
        <ul className={css["objectives"]}>
          {status.objectives.map((objective) => (
            <Promise key={objective.name} objective={objective} />
          ))}
        </ul>
      )}
    </Surface>
  );
}

function Promise({ objective }: { readonly objective: Objective }) {
  const words = useWords();
  const { percent } = useFormats();
  const { name, target, budget_left: left, state } = objective;
  const shown = NAMED.has(name) ? words(`status.objective.${name}` as MessageKey) : name;
  return (
    <li className={css["objective"]} data-state={state}>
      <div className={css["promise"]}>
        <strong>{shown}</strong>
        <span className={css["soft"]}>{words("status.target", { target: percent(target) })}</span>
      </div>
      <span className={css["verdict"]}>{words(`status.verdict.${state}`)}</span>
      <span className={css["left"]}>
        {left === null ? words("status.unknownBudget") : words("status.budget", { left: percent(Math.max(0, left)) })}
      </span>
      <meter className={css["meter"]} min={0} max={1} value={Math.max(0, left ?? 0)} aria-hidden />
    </li>
  );
}
