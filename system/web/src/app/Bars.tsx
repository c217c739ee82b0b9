/** The bars: the club's sign, where one can go, and the player's gold. */

import { CircleUserRound, Gamepad2, Gift, History, House, ShoppingBag, type LucideIcon } from "lucide-react";
import { Link, NavLink } from "react-router";

import type { MessageKey } from "../i18n/en";
import { useWords } from "../i18n/text";
import { usePurchases } from "../realtime/purchases";
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

const REELS: Place = { to: "/slot", label: "nav.slot", Icon: ReelsIcon };
/** A phone has room for these; its way to the reels leads through the games. */
const PHONE_PLACES: readonly Place[] = [
  { to: "/", label: "nav.home", Icon: House },
  { to: "/games", label: "nav.games", Icon: Gamepad2 },
  { to: "/shop", label: "nav.shop", Icon: ShoppingBag },
  { to: "/rewards", label: "nav.rewards", Icon: Gift },
  { to: "/history", label: "nav.history", Icon: History },
  { to: "/profile", label: "nav.profile", Icon: CircleUserRound },
];
const PLACES: readonly Place[] = PHONE_PLACES.toSpliced(2, 0, REELS);

interface PlacesProps {
  readonly places: readonly Place[];
  readonly className: string | undefined;
}

function Places({ places, className }: PlacesProps) {
  const words = useWords();
  return (
    <nav className={className} aria-label={words("nav.main")}>
      {places.map(({ to, label, Icon }) => (
        <NavLink key={to} to={to} end className={css["place"] ?? ""}>
          <Icon aria-hidden size={21} strokeWidth={1.6} />
          <span>{words(label)}</span>
          {to === "/shop" && <PendingBadge />}
        </NavLink>
      ))}
    </nav>
  );
}

/** Purchases that wait for the payment gateway. */
function PendingBadge() {
  const words = useWords();
  const pending = usePurchases((state) => state.pending.length);
  if (pending === 0) return null;
  return (
    <span className={css["badge"]} role="status" aria-label={words("shop.waiting", { count: pending })}>
      {pending}
    </span>
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
            <Places places={PLACES} className={css["wide"]} />
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
  return <Places places={PHONE_PLACES} className={css["bottom"]} />;
}
