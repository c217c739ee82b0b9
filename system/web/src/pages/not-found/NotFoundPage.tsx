/** An address behind which there is nothing. */

import { usePageTitle } from "../../app/usePageTitle";
import { useWords } from "../../i18n/text";
import { LinkButton } from "../../ui/Button";
import { FullScreen } from "../../ui/FullScreen";

export function NotFoundPage() {
  const words = useWords();
  usePageTitle(words("notFound.title"));
  return (
    <FullScreen title={words("notFound.title")} text={words("notFound.text")}>
      <LinkButton to="/" tone="hot">
        {words("notFound.back")}
      </LinkButton>
    </FullScreen>
  );
}
