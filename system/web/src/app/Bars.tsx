/** The bars: the club's sign, where one can go, and the player's gold. */

import { CircleUserRound, Gamepad2, Gift, History, House, type LucideIcon } from "lucide-react";
import { Link, NavLink } from "react-router";

import type { MessageKey } from "../i18n/en";
import { useWords } from "../i18n/text";
import { useSession } from "../session/store";
import { ClubMark } from "../ui/ClubMark";
import { GoldCounter } from "../ui/GoldCounter";
import { ReelsIcon } from "../ui/ReelsIcon";
import css from "./Bars.module.css";
import { LineState } from "./LineState";
import { NoticeBell } from "./NoticeBell";

interface Place {
  readonly to: string;
  readonly label: MessageKey;
  readonly Icon: LucideIcon | typeof ReelsIcon;
}

const PLACES: readonly Place[] = [
  { to: "/", label: "nav.home", Icon: House },
  { to: "/games", label: "nav.games", Icon: Gamepad2 },
  { to: "/slot", label: "nav.slot", Icon: ReelsIcon },
  { to: "/rewards", label: "nav.rewards", Icon: Gift },
  { to: "/history", label: "nav.history", Icon: History },
  { to: "/profile", label: "nav.profile", Icon: CircleUserRound },
];

function Places({ className }: { readonly className: string | undefined }) {
  const words = useWords();
  return (
    <nav className={className} aria-label={words("nav.main")}>
      {PLACES.map(({ to, label, Icon }) => (
        <NavLink key={to} to={to} end className={css["place"] ?? ""}>
          <Icon aria-hidden size={21} strokeWidth={1.6} />
          <span>{words(label)}</span>
        </NavLink>
      ))}
    </nav>
  );
}

export function TopBar() {
  const words = useWords();
  const status = useSession((state) => state.status);
  return (
    <header className={css["top"]}>
      <div className={css["inner"]}>
        <Link to="/" className={css["sign"]} aria-label={words("club.name")}>
          <ClubMark />
          <span className={css["name"]}>{words("club.name")}</span>
        </Link>
        {status === "signed_in" && (
          <>
            <Places className={css["wide"]} />
            <div className={css["purse"]}>
              <LineState />
              <GoldCounter />
              <NoticeBell />
            </div>
          </>
        )}
        {status === "signed_out" && (
          <div className={css["purse"]}>
            <Link className={css["login"]} to="/login">
              {words("nav.login")}
            </Link>
          </div>
        )}
      </div>
    </header>
  );
}

export function BottomBar() {
  return <Places className={css["bottom"]} />;
}
