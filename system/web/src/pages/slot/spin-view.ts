/** What the cabinet shows of a spin, step by step, without a browser. */

import type { SpinResult } from "../../api/model";
import { isUncertain } from "../../api/problem";
import type { RoundIntent } from "../../fairness/own-seed";

export interface Bet {
  readonly amount: number;
  readonly intent: RoundIntent;
}

export interface SpinView {
  readonly phase: "idle" | "turning" | "landing";
  /** The round on the reels: being landed, or the last one. */
  readonly result: SpinResult | null;
  /** How many reels have been told their stop. */
  readonly told: number;
  readonly landed: number;
  readonly error: Error | null;
  /** A bet whose answer was lost: asking again settles it or brings the answer it had. */
  readonly uncertain: Bet | null;
}

export const START: SpinView = { phase: "idle", result: null, told: 0, landed: 0, error: null, uncertain: null };

type Step =
  | { readonly kind: "asked" }
  | { readonly kind: "answered"; readonly result: SpinResult }
  | { readonly kind: "tell" }
  | { readonly kind: "landed"; readonly reels: number }
  | { readonly kind: "failed"; readonly error: Error; readonly bet: Bet };

export function next(view: SpinView, step: Step): SpinView {
  switch (step.kind) {
    case "asked":
      return { ...view, phase: "turning", told: 0, landed: 0, error: null, uncertain: null };
    case "answered":
      return { ...view, phase: "landing", result: step.result };
    case "tell":
      return { ...view, told: view.told + 1 };
    case "landed":
      return view.landed + 1 < step.reels ? { ...view, landed: view.landed + 1 } : { ...view, phase: "idle", landed: step.reels };
    case "failed":
      return { ...view, phase: "idle", error: step.error, uncertain: isUncertain(step.error) ? step.bet : null };
  }
}
