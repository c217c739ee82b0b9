/** Where the player is logged in, and ending it there. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";

import { done } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { DeviceSession } from "../../api/model";
import { devices } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { useClock } from "../../ui/useClock";
import { api } from "../../wiring";
import { deviceName } from "./device-name";
import css from "./Devices.module.css";

const CLOCK_SECONDS = 30;

export function Devices() {
  const read = useQuery(devices);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={3} height="3.5rem" />}>
      {({ items }) => (
        <ul>
          {items.map((device) => (
            <Device key={device.id} device={device} />
          ))}
        </ul>
      )}
    </AsyncView>
  );
}

function useEndSession(id: string) {
  const queries = useQueryClient();
  const words = useWords();
  return useMutation({
    mutationFn: () =>
      done(api.DELETE("/api/auth/sessions/{session_id}", { params: { path: { session_id: id } }, headers: clickHeaders() })),
    onSuccess: () => {
      toast(words("profile.device.ended"));
      return queries.invalidateQueries({ queryKey: devices.queryKey });
    },
  });
}

function Device({ device }: { readonly device: DeviceSession }) {
  const words = useWords();
  const { ago } = useFormats();
  const now = useClock(CLOCK_SECONDS);
  const end = useEndSession(device.id);
  const name = deviceName(device.user_agent) ?? words("profile.device.unknown");
  const Icon = /mobile|android|iphone/i.test(device.user_agent) ? Smartphone : Monitor;
  return (
    <li className={css["device"]}>
      <Icon aria-hidden className={css["icon"]} size={26} strokeWidth={1.4} />
      <div className={css["text"]}>
        <span className={css["name"]}>{name}</span>
        <span className={css["seen"]}>
          {device.current
            ? words("profile.device.this")
            : words("profile.device.seen", { time: ago(device.last_seen, now) })}
        </span>
      </div>
      {!device.current && (
        <Button
          tone="bare"
          busy={end.isPending}
          aria-label={`${words("profile.device.end")}: ${name}`}
          onClick={() => end.mutate()}
        >
          {words("profile.device.end")}
        </Button>
      )}
      {end.error && <ErrorBanner error={end.error} />}
    </li>
  );
}
