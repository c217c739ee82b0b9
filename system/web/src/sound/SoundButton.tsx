/** The switch for sound where it is heard: in the room of a game. */

import { Volume2, VolumeX } from "lucide-react";

import { useWords } from "../i18n/text";
import { switchSound, usePreferences } from "../preferences";
import { playCue } from "./play";
import css from "./SoundButton.module.css";

export function SoundButton() {
  const words = useWords();
  const sound = usePreferences((state) => state.sound);
  const Icon = sound ? Volume2 : VolumeX;
  function flip(): void {
    switchSound(!sound);
    playCue("back");
  }
  return (
    <button type="button" className={css["button"]} aria-pressed={sound} aria-label={words("preferences.sound")} onClick={flip}>
      <Icon aria-hidden size={20} strokeWidth={1.6} />
    </button>
  );
}
