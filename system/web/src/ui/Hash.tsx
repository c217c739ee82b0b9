/** A long hexadecimal value, readable, breakable and to be copied. */

import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { useWords } from "../i18n/text";
import css from "./Hash.module.css";

interface HashProps {
  readonly label: string;
  readonly value: string;
}

export function Hash({ label, value }: HashProps) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  const Icon = copied ? Check : Copy;

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }

  return (
    <div className={css["hash"]}>
      <span className={css["label"]}>{label}</span>
      <code className={css["value"]}>{value}</code>
      <button
        type="button"
        className={css["copy"]}
        aria-label={`${words(copied ? "fair.copied" : "fair.copy")}: ${label}`}
        onClick={() => void copy()}
      >
        <Icon aria-hidden size={16} strokeWidth={1.8} />
      </button>
    </div>
  );
}
