/** Finds the slot among the games on offer. */

import type { Game } from "../../api/model";

const SLOT: string = "slot";

/** The slot, or null while it is closed or not on offer. */
export function openSlot({ games }: { readonly games: readonly Game[] }): Game | null {
  return games.find((game) => game.game_type === SLOT && game.enabled) ?? null;
}
