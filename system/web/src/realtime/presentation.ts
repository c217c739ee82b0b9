/** Holds the shown gold back while an outcome is still being played on screen; the figure itself is in `live`. */

import { create } from "zustand";

import { useLive } from "./live";

interface Presentation {
  /** The gold to go on showing, or null when the newest figure may be seen. */
  readonly heldGold: number | null;
}

export const usePresentation = create<Presentation>(() => ({ heldGold: null }));

export function holdGold(): void {
  usePresentation.setState({ heldGold: useLive.getState().gold });
}

export function showGold(): void {
  usePresentation.setState({ heldGold: null });
}

/** The gold to show: the server's last figure, unless the reels still spin. */
export function useShownGold(): number | null {
  const gold = useLive((state) => state.gold);
  const heldGold = usePresentation((state) => state.heldGold);
  return heldGold ?? gold;
}
