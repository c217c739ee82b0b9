/** Which reads a message of the socket makes old; the server's next answer replaces them, nothing is computed here. */

import type { SyncMessage } from "./message";

type Key = readonly string[];

const HOME: Key = ["home"];
const CRASH: Key = ["crash"];
const FEED: Key = ["social", "feed"];
const REWARDS: readonly Key[] = [["streak"], ["vip"], ["events"], ["missions"], ["battlepass"], ["achievements"], ["rewards"]];

const BY_TYPE: Readonly<Record<string, readonly Key[]>> = {
  initial_state: [...REWARDS, CRASH, FEED],
  streak_update: [["streak"], HOME],
  event_progress: [["events"], HOME],
  mission_progress: [["missions"], HOME],
  battlepass_update: [["battlepass"], HOME],
  achievement_progress: [["achievements"], HOME],
  reward_granted: [["rewards"], HOME],
  feed_event: [FEED],
};

/** The beginnings of the query keys that `message` concerns. */
export function concerned(message: SyncMessage): readonly Key[] {
  // A round of crash may begin and end on another device. Other rounds are over at once: their lists wait for the reels.
  if (message.type === "game_event" && message.data["game_type"] === "crash") return [CRASH];
  return BY_TYPE[message.type] ?? [];
}
