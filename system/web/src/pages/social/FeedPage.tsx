/** What happened to the players one follows, and who they are. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Newspaper, Users } from "lucide-react";
import { Link } from "react-router";

import type { FeedEntry, FollowedFace } from "../../api/model";
import { feed, followed, followers } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Button, LinkButton } from "../../ui/Button";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { Tabs } from "../../ui/Tabs";
import { useClock } from "../../ui/useClock";
import { Here } from "./Here";
import { LetSee } from "./LetSee";
import css from "./social.module.css";

export function FeedPage() {
  const words = useWords();
  usePageTitle(words("nav.feed"));
  return (
    <div className={css["page"]}>
      <h1>{words("nav.feed")}</h1>
      <Surface lit="hot">
        <Tabs
          label={words("nav.feed")}
          tabs={[
            { key: "feed", label: words("social.news"), panel: () => <News /> },
            { key: "followed", label: words("social.followed"), panel: () => <Followed /> },
            { key: "followers", label: words("social.followers"), panel: () => <Followers /> },
            { key: "seen", label: words("social.letSee"), panel: () => <LetSee /> },
          ]}
        />
      </Surface>
    </div>
  );
}

function News() {
  const words = useWords();
  const read = useInfiniteQuery(feed);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={5} height="2.5rem" />}>
      {({ pages }) => {
        const entries = pages.flatMap((page) => page.items);
        if (entries.length === 0) {
          return (
            <EmptyState
              text={words("social.noNews")}
              picture={<Newspaper aria-hidden size={48} strokeWidth={1.2} />}
              action={<LinkButton to="/leaderboards">{words("nav.leaderboards")}</LinkButton>}
            />
          );
        }
        return (
          <>
            <ul className={css["list"]}>
              {entries.map((entry) => (
                <Item key={`${entry.actor.user_id}-${entry.created_at}`} entry={entry} />
              ))}
            </ul>
            <More read={read} />
          </>
        );
      }}
    </AsyncView>
  );
}

function Item({ entry }: { readonly entry: FeedEntry }) {
  const words = useWords();
  const { ago } = useFormats();
  const now = useClock(30);
  return (
    <li className={css["item"]}>
      <Link to={`/players/${entry.actor.user_id}`}>{entry.actor.nickname}</Link>
      <span>{words("social.bigWin", { gold: entry.amount, game: words(`game.${entry.game_type as "slot"}`) })}</span>
      <time dateTime={entry.created_at}>{ago(entry.created_at, now)}</time>
    </li>
  );
}

function Followed() {
  const read = useInfiniteQuery(followed);
  return <People read={read} />;
}

function Followers() {
  const read = useInfiniteQuery(followers);
  return <People read={read} />;
}

interface PeopleRead extends MoreRead {
  readonly data: { readonly pages: readonly { readonly items: readonly FollowedFace[] }[] } | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
  readonly isFetching: boolean;
}

function People({ read }: { readonly read: PeopleRead }) {
  const words = useWords();
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={4} height="2.5rem" />}>
      {({ pages }) => {
        const people = pages.flatMap((page) => page.items);
        if (people.length === 0) {
          return <EmptyState text={words("social.nobody")} picture={<Users aria-hidden size={48} strokeWidth={1.2} />} />;
        }
        return (
          <>
            <ul className={css["list"]}>
              {people.map((face) => (
                <li key={face.user_id} className={css["item"]}>
                  <Link to={`/players/${face.user_id}`}>{face.nickname}</Link>
                  <Here userId={face.user_id} online={face.online} />
                </li>
              ))}
            </ul>
            <More read={read} />
          </>
        );
      }}
    </AsyncView>
  );
}

interface MoreRead {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

function More({ read }: { readonly read: MoreRead }) {
  const words = useWords();
  if (!read.hasNextPage) return null;
  return (
    <Button busy={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
      {words("history.more")}
    </Button>
  );
}
