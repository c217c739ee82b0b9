/** The profile: who one is here, where one is logged in, and the ways out. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useState } from "react";

import { done } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { User } from "../../api/model";
import { profile as profileQuery } from "../../api/queries";
import { LanguageSwitch } from "../../app/Footer";
import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { switchSound, usePreferences } from "../../preferences";
import { useLive } from "../../realtime/live";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { Switch } from "../../ui/Switch";
import { api, session } from "../../wiring";
import { Age } from "./Age";
import { Devices } from "./Devices";
import { EditProfile } from "./EditProfile";
import { Limits } from "./Limits";
import { MyData } from "./MyData";
import css from "./ProfilePage.module.css";

export function ProfilePage() {
  const words = useWords();
  usePageTitle(words("nav.profile"));
  const nickname = useLive((state) => state.profile?.nickname);
  const read = useQuery(profileQuery);
  return (
    <div className={css["profile"]}>
      <h1 className={css["title"]}>{nickname ?? words("profile.title")}</h1>
      <Surface title={words("profile.title")} lit="hot">
        <AsyncView read={read} skeleton={<SkeletonLines count={5} />}>
          {(profile) => (
            <>
              <Facts profile={profile} />
              <EditProfile profile={profile} />
            </>
          )}
        </AsyncView>
      </Surface>
      <Surface title={words("profile.devices")} lit="cold">
        <Devices />
        <WaysOut />
      </Surface>
      <Surface title={words("limits.title")} lit="cold">
        <Limits />
      </Surface>
      <div className={css["column"]}>
        <Surface title={words("profile.preferences")}>
          <Preferences />
        </Surface>
        <Surface title={words("age.title")}>
          <AsyncView read={read} skeleton={<SkeletonLines count={2} />}>
            {(profile) => <Age profile={profile} />}
          </AsyncView>
        </Surface>
        <Surface title={words("data.title")}>
          <AsyncView read={read} skeleton={<SkeletonLines count={2} />}>
            {(profile) => <MyData profile={profile} />}
          </AsyncView>
        </Surface>
      </div>
    </div>
  );
}

function Preferences() {
  const words = useWords();
  const sound = usePreferences((state) => state.sound);
  return (
    <>
      <Switch label={words("preferences.sound")} note={words("preferences.soundNote")} on={sound} flip={switchSound} />
      <div className={css["out"]}>
        <LanguageSwitch />
      </div>
    </>
  );
}

function Facts({ profile }: { readonly profile: User }) {
  const words = useWords();
  const { date, moment } = useFormats();
  const facts = [
    [words("profile.siteId"), profile.site_id],
    [words("profile.phone"), profile.phone_number],
    [words("profile.rank"), words(`home.rank.${profile.rank}` as MessageKey)],
    [words("profile.since"), date(profile.created_at)],
    [words("profile.lastLogin"), profile.last_login_at ? moment(profile.last_login_at) : words("profile.never")],
  ] as const;
  return (
    <dl className={css["facts"]}>
      {facts.map(([label, value]) => (
        <div key={label} className={css["fact"]}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function WaysOut() {
  const words = useWords();
  const [asking, setAsking] = useState(false);
  const leave = useMutation({
    mutationFn: (everywhere: boolean) => {
      const headers = clickHeaders();
      const path = everywhere ? "/api/auth/logout-all" : "/api/auth/logout";
      return session.leave(() => done(api.POST(path, { headers })));
    },
    onSettled: () => setAsking(false),
  });
  return (
    <div className={css["out"]}>
      {leave.error && <ErrorBanner error={leave.error} />}
      <Button busy={leave.isPending} onClick={() => leave.mutate(false)}>
        <LogOut aria-hidden size={18} strokeWidth={1.8} />
        {words("profile.logout")}
      </Button>
      <Button tone="bare" onClick={() => setAsking(true)}>
        {words("profile.logoutAll")}
      </Button>
      <Dialog open={asking} title={words("profile.logoutAllTitle")} close={() => setAsking(false)}>
        <p>{words("profile.logoutAllText")}</p>
        <div className={css["choice"]}>
          <Button onClick={() => setAsking(false)}>{words("profile.cancel")}</Button>
          <Button tone="hot" busy={leave.isPending} onClick={() => leave.mutate(true)}>
            {words("profile.logoutAll")}
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
