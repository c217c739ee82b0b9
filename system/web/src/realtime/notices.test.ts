import { expect, it, vi } from "vitest";

import { noticeListener } from "./notices";

function listener() {
  const show = vi.fn();
  const changed = vi.fn();
  const hear = noticeListener({ show, changed });
  const message = (type: string, data: Readonly<Record<string, unknown>>) =>
    hear({ id: null, type, data, timestamp: "t" });
  return { show, changed, message };
}

it("says what was told and has the inbox read again", () => {
  const { show, changed, message } = listener();
  message("notification", { kind: "ADMIN_BROADCAST", title: "News", body: "For all", data: {} });
  expect(show).toHaveBeenCalledWith({ title: "News", body: "For all", data: {} });
  expect(changed).toHaveBeenCalledOnce();
});

it("has the inbox read again after a gap, and says nothing", () => {
  const { show, changed, message } = listener();
  message("initial_state", {});
  expect(show).not.toHaveBeenCalled();
  expect(changed).toHaveBeenCalledOnce();
});

it("leaves everything else alone", () => {
  const { show, changed, message } = listener();
  message("game_event", { title: "no" });
  message("notification", { title: 5 });
  expect(show).not.toHaveBeenCalled();
  expect(changed).toHaveBeenCalledOnce();
});
