/** The club's sign: the suit of clubs as a tube of light. */

import css from "./ClubMark.module.css";

export function ClubMark({ large = false }: { readonly large?: boolean }) {
  return (
    <svg aria-hidden className={css["mark"]} data-large={large || undefined} viewBox="0 0 64 64" fill="none">
      <g className={css["tube"]} strokeLinecap="round">
        <circle cx="32" cy="18.5" r="9.5" />
        <circle cx="19.5" cy="35" r="9.5" />
        <circle cx="44.5" cy="35" r="9.5" />
        <path d="M32 28v22" />
      </g>
      <path className={css["base"]} d="M21 55h22" strokeLinecap="round" />
    </svg>
  );
}
