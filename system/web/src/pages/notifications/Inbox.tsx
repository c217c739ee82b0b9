/** The inbox, newest first: opening a message reads it. */

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Bell, CheckCheck, Megaphone, ShieldAlert, Tag, type LucideIcon } from "lucide-react";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { Notice } from "../../api/model";
import { inbox } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { noticeText } from "../../realtime/notice-text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { useClock } from "../../ui/useClock";
import { api } from "../../wiring";
import css from "./Inbox.module.css";

const CLOCK_SECONDS = 30;
const ICONS: Readonly<Record<Notice["kind"], LucideIcon>> = {
  ADMIN_BROADCAST: Megaphone,
  ADMIN_NOTIFICATION: Bell,
  SECURITY: ShieldAlert,
  CAMPAIGN: Tag,
};

/** A write of the inbox; afterwards the server is asked how it stands. */
function useInboxWrite<T>(write: (given: T) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSettled: () => queries.invalidateQueries({ queryKey: inbox.queryKey }),
  });
}

export function Inbox() {
  const words = useWords();
  const read = useInfiniteQuery(inbox);
  const readAll = useInboxWrite(() => answer(api.POST("/api/notifications/read-all", { headers: clickHeaders() })));
  const unread = read.data?.pages[0]?.unread ?? 0;
  const aside = unread > 0 && (
    <Button tone="bare" busy={readAll.isPending} onClick={() => readAll.mutate(undefined)}>
      <CheckCheck aria-hidden size={18} strokeWidth={1.8} />
      {words("notices.readAll")}
    </Button>
  );
  return (
    <Surface title={words("notices.inbox")} lit="cold" aside={aside}>
      {readAll.error && <ErrorBanner error={readAll.error} />}
      <AsyncView read={read} skeleton={<SkeletonLines count={4} height="4.5rem" />}>
        {({ pages }) => <Messages notices={pages.flatMap((page) => page.items)} />}
      </AsyncView>
      {read.hasNextPage && (
        <div className={css["more"]}>
          <Button busy={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
            {words("notices.more")}
          </Button>
        </div>
      )}
    </Surface>
  );
}

function Messages({ notices }: { readonly notices: readonly Notice[] }) {
  const words = useWords();
  if (notices.length === 0) {
    return <EmptyState text={words("notices.empty")} picture={<Bell aria-hidden size={34} strokeWidth={1.2} />} />;
  }
  return (
    <ul>
      {notices.map((notice) => (
        <Message key={notice.id} notice={notice} />
      ))}
    </ul>
  );
}

function Message({ notice }: { readonly notice: Notice }) {
  const words = useWords();
  const { ago } = useFormats();
  const now = useClock(CLOCK_SECONDS);
  const params = { path: { notification_id: notice.id } };
  const read = useInboxWrite(() =>
    answer(api.POST("/api/notifications/{notification_id}/read", { params, headers: clickHeaders() })),
  );
  const { title, body } = noticeText(notice, words);
  const Icon = ICONS[notice.kind];
  const unread = notice.read_at === null;
  return (
    <li className={css["message"]} data-unread={unread || undefined} data-kind={notice.kind}>
      <Icon aria-hidden className={css["icon"]} size={24} strokeWidth={1.5} />
      <div className={css["text"]}>
        <h3 className={css["title"]}>
          {title}
          {unread && <span className="visually-hidden"> {words("notices.unread")}</span>}
        </h3>
        <p className={css["body"]}>{body}</p>
        <time className={css["time"]} dateTime={notice.created_at}>
          {ago(notice.created_at, now)}
        </time>
      </div>
      {unread && (
        <Button tone="bare" busy={read.isPending} aria-label={`${words("notices.read")}: ${title}`} onClick={() => read.mutate(undefined)}>
          {words("notices.read")}
        </Button>
      )}
      {read.error && <ErrorBanner error={read.error} />}
    </li>
  );
}
