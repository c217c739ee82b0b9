/** The entrance to the slot: its light, its published return and limits. */

import { useQuery } from "@tanstack/react-query";

import { games } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { LinkButton } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { openGame } from "../play/GameRoom";
import css from "./SlotEntrance.module.css";

const SHOWN = ["seven", "neon", "cherry"] as const;

export function SlotEntrance() {
  const words = useWords();
  const { percent } = useFormats();
  const read = useQuery(games);
  return (
    <section className={css["entrance"]} aria-label={words("home.door.title")}>
      <div className={css["reels"]} aria-hidden>
        {SHOWN.map((symbol) => (
          <SlotSymbol key={symbol} name={symbol} className={css["symbol"]} />
        ))}
      </div>
      <h2 className={css["title"]}>{words("home.door.title")}</h2>
      <AsyncView read={read} skeleton={<Skeleton height="4rem" />}>
        {(offer) => {
          const slot = openGame(offer.games, "slot");
          if (!slot) return <p className={css["text"]}>{words("home.door.closed")}</p>;
          const fill = { rtp: percent(slot.rtp), min: slot.min_bet, max: slot.max_bet };
          return (
            <>
              <p className={css["text"]}>{words("home.door.text", fill)}</p>
              <LinkButton to="/slot" tone="hot" large>
                {words("home.door.enter")}
              </LinkButton>
            </>
          );
        }}
      </AsyncView>
    </section>
  );
}
