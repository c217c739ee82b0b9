/** What goes on in the club tonight, from the public figures. */

import { useQuery } from "@tanstack/react-query";

import { pulse } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Skeleton } from "../../ui/Skeleton";
import css from "./Pulse.module.css";

export function Pulse() {
  const words = useWords();
  const { number } = useFormats();
  const read = useQuery(pulse);
  return (
    <section className={css["pulse"]} aria-label={words("home.pulse")}>
      <h2 className={css["title"]}>
        <span className={css["beat"]} aria-hidden />
        {words("home.pulse")}
      </h2>
      <AsyncView read={read} skeleton={<Skeleton height="3.5rem" />}>
        {(figures) => (
          <dl className={css["figures"]}>
            <PulseFigure value={figures.online_users === null ? words("home.pulse.unknown") : number(figures.online_users)} label={words("home.pulse.online")} />
            <PulseFigure value={number(figures.spins_last_hour)} label={words("home.pulse.spins")} />
            <PulseFigure value={number(figures.big_wins_last_hour)} label={words("home.pulse.big")} />
          </dl>
        )}
      </AsyncView>
    </section>
  );
}

function PulseFigure({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <div className={css["figure"]}>
      <dt className={css["label"]}>{label}</dt>
      <dd className={css["value"]}>{value}</dd>
    </div>
  );
}
