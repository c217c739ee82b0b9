/** Plays a cue for who asked for sound; for everybody else not even an audio device is opened. */

import { useEffect, useRef } from "react";

import { usePreferences } from "../preferences";
import { CUES, type Cue, type Tone } from "./cues";

let device: AudioContext | null = null;

function schedule(audio: AudioContext, tone: Tone): void {
  const start = audio.currentTime + tone.at;
  const end = start + tone.seconds;
  const oscillator = audio.createOscillator();
  const loudness = audio.createGain();
  oscillator.type = tone.wave;
  oscillator.frequency.setValueAtTime(tone.from, start);
  oscillator.frequency.exponentialRampToValueAtTime(tone.to, end);
  loudness.gain.setValueAtTime(tone.gain, start);
  loudness.gain.exponentialRampToValueAtTime(0.0001, end);
  oscillator.connect(loudness).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(end);
}

export function playCue(cue: Cue): void {
  if (!usePreferences.getState().sound || typeof AudioContext === "undefined") return;
  device ??= new AudioContext();
  // A browser opens the device silent until the page was touched; a sound that nobody may hear is no failure.
  if (device.state === "suspended") void device.resume().catch(() => undefined);
  for (const tone of CUES[cue]) schedule(device, tone);
}

/** Plays `cue` whenever `moment` becomes another one. The first makes no sound, and null is none: nothing changed yet. */
export function useCue(moment: string | null, cue: Cue | null): void {
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (moment === null || moment === last.current) return;
    const first = last.current === null;
    last.current = moment;
    if (!first && cue !== null) playCue(cue);
  }, [moment, cue]);
}
