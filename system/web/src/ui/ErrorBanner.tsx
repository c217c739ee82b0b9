/** A failure told in one sentence, with the number to quote when reporting it. */

import { useWords } from "../i18n/text";
import { Banner } from "./Banner";
import css from "./ErrorBanner.module.css";
import { errorText, traceOf } from "./error-text";

export function ErrorBanner({ error, text }: { readonly error: unknown; readonly text?: string }) {
  const words = useWords();
  const trace = traceOf(error);
  return (
    <Banner kind="alarm">
      {text ?? errorText(error, words)}
      {trace && <small className={css["trace"]}>{words("state.trace", { trace })}</small>}
    </Banner>
  );
}
