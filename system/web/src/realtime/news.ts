/** Which reads a message of the socket makes old; the server's next answer replaces them, nothing is computed here. */

import type { SyncMessage } from "./message";

type Key = readonly string[];

const HOME: Key = ["home"];
const REWARDS: readonly Key[] = [["streak"], ["vip"], ["events"], ["missions"], ["battlepass"], ["achievements"], ["rewards"]];

const BY_TYPE: Readonly<Record<string, readonly Key[]>> = {
  initial_state: REWARDS,
  streak_update: [["streak"], HOME],
  event_progress: [["events"], HOME],
  mission_progress: [["missions"], HOME],
  battlepass_update: [["battlepass"], HOME],
  achievement_progress: [["achievements"], HOME],
  reward_granted: [["rewards"], HOME],
};

/** The beginnings of the query keys that `message` concerns. */
export function concerned(message: SyncMessage): readonly Key[] {
  return BY_TYPE[message.type] ?? [];
}
