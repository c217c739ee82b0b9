/** The signs on the reels: neon tubes drawn once as a sprite, a wide dim glow under a bright core. */

import type { MessageKey } from "../i18n/en";
import type { Words } from "../i18n/text";

interface Tube {
  readonly colour: string;
  readonly path: string;
}

const circle = (x: number, y: number, r: number): string =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

const HOT = "#ff3ea5";
const COLD = "#2fe3ff";
const LIME = "#b8ff5c";
const VIOLET = "#b58bff";
const ICE = "#dff6ff";

const SIGNS: Readonly<Record<string, readonly Tube[]>> = {
  cherry: [
    { colour: LIME, path: "M21 35C24 23 33 15 44 10M44 37C45 26 45 18 44 10M44 10C51 5 57 9 59 15C53 19 47 16 44 10" },
    { colour: HOT, path: circle(20, 44, 9.5) + circle(43, 46.5, 9.5) },
  ],
  lemon: [
    { colour: LIME, path: "M9 39C7 35 11 32 13 28C19 15 38 10 47 17C51 19 56 17 57 21C58 26 54 28 52 33C47 47 27 52 17 44C14 42 11 42 9 39Z" },
    { colour: ICE, path: "M22 33C24 26 30 22 37 21" },
  ],
  bell: [
    { colour: VIOLET, path: "M14 46C21 41 19 33 20 27C21 18 26 13 32 13C38 13 43 18 44 27C45 33 43 41 50 46Z" },
    { colour: COLD, path: "M32 13V8M26 52A6 6 0 0 0 38 52" },
  ],
  star: [
    { colour: COLD, path: "M32 11L37.9 25.9L53.9 26.9L41.5 37.1L45.5 52.6L32 44L18.5 52.6L22.5 37.1L10.1 26.9L26.1 25.9Z" },
  ],
  seven: [
    { colour: HOT, path: "M13 12H51V20L35 54H23L38 23H20V28H13Z" },
    { colour: ICE, path: "M18 17.5H45" },
  ],
  neon: [
    { colour: COLD, path: circle(32, 32, 26) },
    { colour: HOT, path: `${circle(32, 22.5, 7)}${circle(23, 34, 7)}${circle(41, 34, 7)}M32 30V47M25.5 47H38.5` },
  ],
};

const LAYERS = [
  { width: 10, opacity: 0.13 },
  { width: 6, opacity: 0.28 },
  { width: 3.4, opacity: 1 },
] as const;

/** Mount once a page; `SlotSymbol` points into it. */
export function SymbolSprite() {
  return (
    <svg aria-hidden className="visually-hidden" width="0" height="0">
      {Object.entries(SIGNS).map(([name, tubes]) => (
        <symbol key={name} id={`sign-${name}`} viewBox="0 0 64 64" fill="none" strokeLinecap="round" strokeLinejoin="round">
          {LAYERS.flatMap(({ width, opacity }) =>
            tubes.map(({ colour, path }) => (
              <path key={`${width} ${path}`} d={path} stroke={colour} strokeWidth={width} opacity={opacity} />
            )),
          )}
          {tubes.map(({ path }) => (
            <path key={path} d={path} stroke="#fff" strokeWidth={1.1} opacity={0.92} />
          ))}
        </symbol>
      ))}
    </svg>
  );
}

export function SlotSymbol({ name, className }: { readonly name: string; readonly className?: string | undefined }) {
  return (
    <svg aria-hidden className={className} viewBox="0 0 64 64">
      {name in SIGNS ? (
        <use href={`#sign-${name}`} />
      ) : (
        <text x="32" y="42" textAnchor="middle" fontSize="28" fill="currentColor">
          {name.slice(0, 2)}
        </text>
      )}
    </svg>
  );
}

/** What a symbol is called; a symbol without a word yet keeps the name the server gave it. */
export function symbolName(symbol: string, words: Words): string {
  if (symbol === "any") return words("slot.any");
  return symbol in SIGNS ? words(`symbol.${symbol}` as MessageKey) : symbol;
}
