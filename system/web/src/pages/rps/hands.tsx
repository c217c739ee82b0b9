/** The three hands: their icons, and the order in which they are shown. */

import { Hand, HandFist, Scissors, type LucideIcon } from "lucide-react";

import type { RpsResult } from "../../api/model";

export type HandName = RpsResult["choice"];

export const HANDS: readonly HandName[] = ["rock", "paper", "scissors"];

export const HAND_ICONS: Readonly<Record<HandName, LucideIcon>> = { rock: HandFist, paper: Hand, scissors: Scissors };

export const isHand = (value: unknown): value is HandName => HANDS.some((hand) => hand === value);
