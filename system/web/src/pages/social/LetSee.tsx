/** What one's followers see. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { SocialSettings, SocialSettingsAsked } from "../../api/model";
import { socialSettings } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { Switch } from "../../ui/Switch";
import { api } from "../../wiring";

const PARTS = ["show_presence", "show_wins"] as const satisfies readonly (keyof SocialSettings)[];
type Part = (typeof PARTS)[number];

/** The request that switches this part. */
const ASKED: Readonly<Record<Part, (on: boolean) => SocialSettingsAsked>> = {
  show_presence: (on) => ({ showPresence: on }),
  show_wins: (on) => ({ showWins: on }),
};

export function LetSee() {
  const words = useWords();
  const queries = useQueryClient();
  const read = useQuery(socialSettings);
  const change = useMutation({
    mutationFn: ({ part, on }: { readonly part: Part; readonly on: boolean }) =>
      answer(api.PUT("/api/games/follow/settings", { body: ASKED[part](on), headers: clickHeaders() })),
    onSuccess: (settings) => queries.setQueryData(socialSettings.queryKey, settings),
  });
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={2} height="3rem" />}>
      {(settings) => (
        <>
          {change.error && <ErrorBanner error={change.error} />}
          {PARTS.map((part) => (
            <Switch
              key={part}
              label={words(`social.${part}`)}
              note={words(`social.${part}.note`)}
              on={settings[part]}
              busy={change.isPending && change.variables.part === part}
              flip={(on) => change.mutate({ part, on })}
            />
          ))}
        </>
      )}
    </AsyncView>
  );
}
