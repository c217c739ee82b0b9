/** The curve's odds as published: how likely it is to get so far, and what leaving there returns. */

import type { GameOf } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { Figures } from "../../ui/Figure";
import css from "./CrashPage.module.css";

export function CrashOdds({ game: { odds, rtp, config_version } }: { readonly game: GameOf<"crash"> }) {
  const words = useWords();
  const { percent } = useFormats();
  return (
    <div className={css["odds"]}>
      <Figures
        figures={[
          { label: words("odds.rtp"), value: percent(rtp) },
          { label: words("crash.top"), value: words("slot.multiplier", { multiplier: odds.multiplier_max }) },
        ]}
      />
      <p className={css["text"]}>{words("crash.oddsText", { numerator: odds.numerator })}</p>
      <table className={css["table"]}>
        <caption className="visually-hidden">{words("slot.tab.odds")}</caption>
        <thead>
          <tr>
            <th scope="col">{words("crash.leaveAt")}</th>
            <th scope="col">{words("crash.reached")}</th>
            <th scope="col">{words("odds.rtp")}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(odds.effective_rtp).map(([multiplier, returned]) => (
            <tr key={multiplier}>
              <th scope="row">{words("slot.multiplier", { multiplier })}</th>
              <td>{percent(odds.numerator / 100 / Number(multiplier))}</td>
              <td>{percent(returned)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css["text"]}>{words("odds.version", { version: String(config_version) })}</p>
    </div>
  );
}
