/** VIP: points, the way to the next tier, and the gift of the day. */

import { useQuery } from "@tanstack/react-query";
import { Check, Crown } from "lucide-react";

import { answer } from "../../api/client";
import type { VipStatus } from "../../api/model";
import { vip } from "../../api/queries";
import type { MessageKey } from "../../i18n/en";
import { useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Meter } from "../../ui/Meter";
import { useRemaining } from "../../ui/Remaining";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import { useClaim } from "./useClaim";
import css from "./VipCard.module.css";

export function VipCard() {
  const words = useWords();
  const read = useQuery(vip);
  return (
    <Surface title={words("vip.title")} lit="gold">
      <AsyncView read={read} skeleton={<SkeletonLines count={3} />}>
        {(status) => (
          <div className={css["vip"]}>
            <Tier status={status} />
            <Gift status={status} />
          </div>
        )}
      </AsyncView>
    </Surface>
  );
}

function Tier({ status }: { readonly status: VipStatus }) {
  const words = useWords();
  const name = (tier: string): string => words(`vip.tier.${tier}` as MessageKey);
  const { vip_points: points, next_tier: next, next_tier_points: needed } = status;
  return (
    <>
      <p className={css["tier"]}>
        <Crown aria-hidden size={26} strokeWidth={1.4} />
        <strong>{name(status.tier)}</strong>
        <span>{words("vip.points", { count: points })}</span>
      </p>
      {next && needed !== null ? (
        <>
          <Meter label={words("vip.title")} value={points} max={needed} lit="gold" />
          <p className={css["soft"]}>{words("vip.next", { tier: name(next), points: needed })}</p>
        </>
      ) : (
        <p className={css["soft"]}>{words("vip.top")}</p>
      )}
      <p className={css["soft"]}>{words("vip.pointsText")}</p>
    </>
  );
}

function Gift({ status }: { readonly status: VipStatus }) {
  const words = useWords();
  const time = useRemaining(status.next_claim_at);
  const gift = useClaim<null, { awarded_gold: number; new_gold_balance: number }>({
    ask: (_, sent) => answer(api.POST("/api/vip/claim", { ...sent })),
    told: ({ awarded_gold }) => words("rewards.given", { gold: awarded_gold }),
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: ["vip"],
  });
  if (status.claimed_today) {
    return (
      <p className={css["taken"]}>
        <Check aria-hidden size={18} strokeWidth={2} />
        <span>{words("vip.again", { time })}</span>
      </p>
    );
  }
  return (
    <Button busy={gift.busy} onClick={() => gift.claim(null)}>
      {words("vip.gift", { gold: status.daily_gold })}
    </Button>
  );
}
