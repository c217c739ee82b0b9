/** The capsules' odds as published: the table the server draws from, the pity, and what is left today. */

import type { GameOf } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { Figures } from "../../ui/Figure";
import css from "./GachaPage.module.css";

export function GachaOdds({ game: { odds, rtp, config_version } }: { readonly game: GameOf<"gacha"> }) {
  const words = useWords();
  const { number, percent } = useFormats();
  const heads = ["gacha.rarity", "gacha.chance", "gacha.effective", "gacha.reward", "gacha.stock"] as const;
  return (
    <div className={css["odds"]}>
      <Figures
        figures={[
          { label: words("odds.rtp"), value: percent(rtp) },
          { label: words("gacha.hardPity"), value: number(odds.hard_pity) },
        ]}
      />
      <table className={css["table"]}>
        <caption className="visually-hidden">{words("slot.tab.odds")}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {words(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {odds.rarities.map((one) => (
            <tr key={one.rarity}>
              <th scope="row">{words(`gacha.${one.rarity}`)}</th>
              <td>{percent(one.chance)}</td>
              <td>{percent(one.effective_rate)}</td>
              <td>{number(one.reward)}</td>
              <td>{one.stock_left === null ? "∞" : number(one.stock_left)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css["text"]}>{words("gacha.oddsText", { pity: odds.hard_pity })}</p>
      <p className={css["text"]}>{words("odds.version", { version: String(config_version) })}</p>
    </div>
  );
}
