/** What a person prefers on this device: kept by the browser, never sent. Sound is off until asked for. */

import { create } from "zustand";

const KEPT = "casino.sound";

interface Preferences {
  readonly sound: boolean;
}

export const usePreferences = create<Preferences>(() => ({ sound: localStorage.getItem(KEPT) === "on" }));

export function switchSound(sound: boolean): void {
  localStorage.setItem(KEPT, sound ? "on" : "off");
  usePreferences.setState({ sound });
}
