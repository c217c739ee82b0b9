/** Another player: what others may see of them, and whether one follows them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { Player } from "../../api/model";
import { feed, followed, player } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { useLive } from "../../realtime/live";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Figures } from "../../ui/Figure";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { useAbort } from "../../ui/useAbort";
import { api } from "../../wiring";
import { NotFoundPage } from "../not-found/NotFoundPage";
import { Here } from "./Here";
import css from "./social.module.css";

export function PlayerPage() {
  const { userId = "" } = useParams();
  return /^[1-9]\d{0,15}$/.test(userId) ? <Portrait userId={Number(userId)} /> : <NotFoundPage />;
}

function Portrait({ userId }: { readonly userId: number }) {
  const words = useWords();
  const { number } = useFormats();
  const read = useQuery(player(userId));
  usePageTitle(read.data?.nickname ?? words("social.player"));
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={4} />}>
      {(seen) => (
        <div className={css["page"]}>
          <h1>{seen.nickname}</h1>
          <Here userId={userId} online={seen.online} />
          <Surface lit="cold">
            <Figures
              figures={[
                { label: words("profile.rank"), value: words(`home.rank.${seen.rank}` as MessageKey) },
                { label: words("social.followers"), value: number(seen.follower_count) },
                { label: words("social.followed"), value: number(seen.followed_count) },
              ]}
            />
            <FollowButton seen={seen} />
          </Surface>
        </div>
      )}
    </AsyncView>
  );
}

function FollowButton({ seen }: { readonly seen: Player }) {
  const words = useWords();
  const abort = useAbort();
  const queries = useQueryClient();
  const me = useLive((state) => state.profile?.id === seen.user_id);
  const follow = useMutation({
    mutationFn: (following: boolean) => {
      const call = { params: { path: { user_id: seen.user_id } }, headers: clickHeaders(), signal: abort() };
      return answer(
        following ? api.POST("/api/games/follow/{user_id}", call) : api.DELETE("/api/games/follow/{user_id}", call),
      );
    },
    onSuccess: (now) => {
      queries.setQueryData(player(seen.user_id).queryKey, {
        ...seen,
        following: now.following,
        follower_count: now.follower_count,
      });
      void queries.invalidateQueries({ queryKey: player(seen.user_id).queryKey });
      void queries.invalidateQueries({ queryKey: feed.queryKey });
      void queries.invalidateQueries({ queryKey: followed.queryKey });
    },
  });
  if (me) return null;
  return (
    <div className={css["follow"]}>
      <Button tone={seen.following ? "cold" : "hot"} busy={follow.isPending} onClick={() => follow.mutate(!seen.following)}>
        {words(seen.following ? "social.unfollow" : "social.follow")}
      </Button>
      {follow.error && <ErrorBanner error={follow.error} />}
    </div>
  );
}
