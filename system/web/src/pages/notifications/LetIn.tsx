/** What may come into the inbox; security notices always may. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { NoticeSettingsAsked } from "../../api/model";
import { noticeSettings } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { Switch } from "../../ui/Switch";
import { api } from "../../wiring";

const KINDS = ["admin_broadcast", "admin_notification", "campaign"] as const;
type Kind = (typeof KINDS)[number];

/** The request that switches this kind. */
const ASKED: Readonly<Record<Kind, (on: boolean) => NoticeSettingsAsked>> = {
  admin_broadcast: (on) => ({ adminBroadcast: on }),
  admin_notification: (on) => ({ adminNotification: on }),
  campaign: (on) => ({ campaign: on }),
};

export function LetIn() {
  const words = useWords();
  const queries = useQueryClient();
  const read = useQuery(noticeSettings);
  const change = useMutation({
    mutationFn: ({ kind, on }: { readonly kind: Kind; readonly on: boolean }) =>
      answer(api.PUT("/api/notification/settings", { body: ASKED[kind](on), headers: clickHeaders() })),
    onSuccess: (settings) => queries.setQueryData(noticeSettings.queryKey, settings),
  });
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={4} height="3rem" />}>
      {(settings) => (
        <>
          {change.error && <ErrorBanner error={change.error} />}
          {KINDS.map((kind) => (
            <Switch
              key={kind}
              label={words(`notices.kind.${kind}`)}
              note={words(`notices.kind.${kind}.note`)}
              on={settings[kind]}
              busy={change.isPending && change.variables.kind === kind}
              flip={(on) => change.mutate({ kind, on })}
            />
          ))}
          <Switch label={words("notices.kind.security")} note={words("notices.kind.security.note")} on />
        </>
      )}
    </AsyncView>
  );
}
