/** The odds as published: the return, and the reels the symbols are drawn from. */

import type { GameOf } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { Figures } from "../../ui/Figure";
import { SlotSymbol, symbolName } from "../../ui/SlotSymbol";
import css from "./OddsPanel.module.css";

export function OddsPanel({ game: { odds, rtp, config_version } }: { readonly game: GameOf<"slot"> }) {
  const words = useWords();
  const { percent } = useFormats();
  return (
    <div className={css["odds"]}>
      <Figures
        figures={[
          { label: words("odds.rtp"), value: percent(rtp) },
          { label: words("odds.hitRate"), value: percent(odds.hit_rate) },
        ]}
      />
      <p className={css["text"]}>{words("odds.rtpText", { exact: odds.rtp_exact })}</p>
      <h3 className={css["title"]}>{words("odds.strips")}</h3>
      <p className={css["text"]}>{words("odds.stripsText")}</p>
      {odds.strips.map((strip, reel) => (
        <Strip key={reel} number={reel + 1} strip={strip} />
      ))}
      <p className={css["version"]}>{words("odds.version", { version: String(config_version) })}</p>
    </div>
  );
}

function Strip({ number, strip }: { readonly number: number; readonly strip: readonly string[] }) {
  const words = useWords();
  const label = words("odds.stops", { number, count: strip.length });
  return (
    <div>
      <h4 className={css["label"]}>{label}</h4>
      {/* A long row scrolls by itself, and so must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region */}
      <ol className={css["strip"]} tabIndex={0} aria-label={label}>
        {strip.map((symbol, stop) => (
          <li key={stop} className={css["stop"]}>
            <SlotSymbol name={symbol} />
            <span className="visually-hidden">{symbolName(symbol, words)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
