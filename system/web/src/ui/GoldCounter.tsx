/** The player's gold as the server last said it, counting up or down on screen when it changes. */

import { useEffect, useRef, useState } from "react";

import { useFormats, useWords } from "../i18n/text";
import { useShownGold } from "../realtime/presentation";
import { Coin } from "./Coin";
import css from "./GoldCounter.module.css";
import { Skeleton } from "./Skeleton";
import { useTween } from "./useTween";

export function GoldCounter({ large = false }: { readonly large?: boolean }) {
  const gold = useShownGold();
  return gold === null ? <Skeleton width={large ? "9rem" : "4.5rem"} height="1em" /> : <Counter target={gold} large={large} />;
}

function useDirection(target: number): "up" | "down" | "rest" {
  const [direction, setDirection] = useState<"up" | "down" | "rest">("rest");
  const last = useRef(target);
  useEffect(() => {
    if (target === last.current) return;
    setDirection(target > last.current ? "up" : "down");
    last.current = target;
    const timer = setTimeout(() => setDirection("rest"), 1200);
    return () => clearTimeout(timer);
  }, [target]);
  return direction;
}

function Counter({ target, large }: { readonly target: number; readonly large: boolean }) {
  const words = useWords();
  const { number } = useFormats();
  const shown = useTween(target);
  const direction = useDirection(target);
  return (
    <data className={css["gold"]} value={target} data-large={large || undefined} data-direction={direction}>
      <Coin />
      <span aria-hidden className={css["figure"]}>
        {number(shown)}
      </span>
      <span className="visually-hidden">
        {words("nav.gold")} {number(target)}
      </span>
    </data>
  );
}
