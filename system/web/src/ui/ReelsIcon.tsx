/** The one icon the icon set lacks: three reels, drawn on its grid. */

import type { SVGProps } from "react";

interface ReelsIconProps extends SVGProps<SVGSVGElement> {
  readonly size?: number;
}

export function ReelsIcon({ size = 24, ...rest }: ReelsIconProps) {
  return (
    <svg {...rest} width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeLinecap="round">
      <rect x="3" y="4" width="18" height="16" rx="3" />
      <path d="M9 4v16M15 4v16M5 12h2M11 12h2M17 12h2" />
    </svg>
  );
}
