/** The way between the four parts of the rewards. */

import { NavLink } from "react-router";

import type { MessageKey } from "../../i18n/en";
import { useWords } from "../../i18n/text";
import css from "./RewardsNav.module.css";

const PARTS: readonly { readonly to: string; readonly label: MessageKey }[] = [
  { to: "/rewards", label: "rewards.today" },
  { to: "/events", label: "rewards.events" },
  { to: "/battlepass", label: "rewards.pass" },
  { to: "/achievements", label: "rewards.achievements" },
];

export function RewardsNav() {
  const words = useWords();
  return (
    <nav className={css["nav"]} aria-label={words("rewards.places")}>
      {PARTS.map(({ to, label }) => (
        <NavLink key={to} to={to} end className={css["part"] ?? ""}>
          {words(label)}
        </NavLink>
      ))}
    </nav>
  );
}
