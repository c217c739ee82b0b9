/** The floor of the club: every game with its return and limits, and the way to the other players. */

import { useQuery } from "@tanstack/react-query";
import { Gem, HandFist, Rocket, type LucideIcon } from "lucide-react";
import { Link } from "react-router";

import type { Game, GameType } from "../../api/model";
import { games } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { LinkButton } from "../../ui/Button";
import { ReelsIcon } from "../../ui/ReelsIcon";
import { SkeletonLines } from "../../ui/Skeleton";
import css from "./GamesPage.module.css";

const ICONS: Readonly<Record<GameType, LucideIcon | typeof ReelsIcon>> = {
  slot: ReelsIcon,
  rps: HandFist,
  gacha: Gem,
  crash: Rocket,
};

export function GamesPage() {
  const words = useWords();
  usePageTitle(words("nav.games"));
  const read = useQuery(games);
  return (
    <div className={css["page"]}>
      <h1>{words("games.title")}</h1>
      <AsyncView read={read} skeleton={<SkeletonLines count={4} height="9rem" />}>
        {({ games: offer }) => (
          <ul className={css["floor"]}>
            {offer.map((game) => (
              <Entrance key={game.game_type} game={game} />
            ))}
          </ul>
        )}
      </AsyncView>
      <nav className={css["others"]} aria-label={words("games.others")}>
        <LinkButton to="/leaderboards">{words("nav.leaderboards")}</LinkButton>
        <LinkButton to="/feed">{words("nav.feed")}</LinkButton>
      </nav>
    </div>
  );
}

function Entrance({ game }: { readonly game: Game }) {
  const words = useWords();
  const { percent } = useFormats();
  const Icon = ICONS[game.odds.game_type];
  return (
    <li className={css["entrance"]} data-game={game.game_type} data-closed={!game.enabled || undefined}>
      <Link to={`/${game.game_type}`} className={css["link"]}>
        <Icon aria-hidden size={44} strokeWidth={1.2} />
        <h2>{words(`game.${game.game_type}`)}</h2>
        <p>{words(`games.about.${game.game_type}`)}</p>
        <p className={css["figures"]}>
          {game.enabled
            ? words("games.figures", { rtp: percent(game.rtp), min: game.min_bet, max: game.max_bet })
            : words("games.closed")}
        </p>
      </Link>
    </li>
  );
}
