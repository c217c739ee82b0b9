/** What went wrong with a round, and whether asking again is safe. */

import { useWords } from "../../i18n/text";
import { ErrorBanner } from "../../ui/ErrorBanner";

interface TroubleProps {
  readonly error: Error | null;
  readonly uncertain: boolean;
}

export function Trouble({ error, uncertain }: TroubleProps) {
  const words = useWords();
  if (error === null) return null;
  return uncertain ? <ErrorBanner error={error} text={words("slot.uncertain")} /> : <ErrorBanner error={error} />;
}
