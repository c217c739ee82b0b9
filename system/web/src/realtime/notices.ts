/** What the page does when the socket tells of a notification: says so, and asks the inbox again. */

import type { SyncMessage } from "./message";
import type { Written } from "./notice-text";

interface NoticeEdges {
  readonly show: (notice: Written) => void;
  readonly changed: () => void;
}

/** Hears every message of the socket. A snapshot may stand for notices that were missed: then nothing is said. */
export function noticeListener({ show, changed }: NoticeEdges): (message: SyncMessage) => void {
  return ({ type, data }) => {
    if (type === "initial_state") changed();
    if (type !== "notification") return;
    const { title, body, data: facts } = data;
    if (typeof title === "string" && typeof body === "string") {
      show({ title, body, data: typeof facts === "object" && facts !== null ? { ...facts } : {} });
    }
    changed();
  };
}
