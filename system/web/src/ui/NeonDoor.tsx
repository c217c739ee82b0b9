/** The club's door at night: an arch of cold light, the room's hot light falling out on the wet street. */

import css from "./NeonDoor.module.css";

const ARCH = "M70 430V205a130 130 0 0 1 260 0V430";
const INNER = "M92 430V207a108 108 0 0 1 216 0V430";

export function NeonDoor() {
  return (
    <svg aria-hidden className={css["door"]} viewBox="0 0 400 540" fill="none" strokeLinecap="round">
      <defs>
        <linearGradient id="door-room" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#ff3ea5" stopOpacity="0.08" />
          <stop offset="0.72" stopColor="#ff3ea5" stopOpacity="0.32" />
          <stop offset="1" stopColor="#ffb3dc" stopOpacity="0.62" />
        </linearGradient>
        <linearGradient id="door-floor" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#ff7fc2" stopOpacity="0.6" />
          <stop offset="1" stopColor="#ff3ea5" stopOpacity="0" />
        </linearGradient>
        <radialGradient id="door-halo">
          <stop offset="0" stopColor="#ff3ea5" stopOpacity="0.4" />
          <stop offset="1" stopColor="#ff3ea5" stopOpacity="0" />
        </radialGradient>
      </defs>
      <ellipse cx="200" cy="270" rx="200" ry="270" fill="url(#door-halo)" />
      <path d={`${INNER}Z`} fill="url(#door-room)" />
      <path d="M92 430H308L396 540H4Z" fill="url(#door-floor)" />
      <g className={css["arch"]}>
        <path d={ARCH} stroke="#2fe3ff" strokeWidth="22" opacity="0.1" />
        <path d={ARCH} stroke="#2fe3ff" strokeWidth="11" opacity="0.28" />
        <path d={ARCH} stroke="#2fe3ff" strokeWidth="5" />
        <path d={ARCH} stroke="#e6fcff" strokeWidth="1.8" />
      </g>
      <g className={css["mark"]}>
        <use href="#sign-neon" x="122" y="118" width="156" height="156" />
        <use href="#sign-cherry" x="112" y="305" width="52" height="52" />
        <use href="#sign-seven" x="174" y="305" width="52" height="52" />
        <use href="#sign-star" x="236" y="305" width="52" height="52" />
      </g>
    </svg>
  );
}
