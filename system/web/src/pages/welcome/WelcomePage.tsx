/** The street outside the club: what it is, and the door for those with an invite. */

import { useState, type SyntheticEvent } from "react";
import { Link, useNavigate } from "react-router";

import { usePageTitle } from "../../app/usePageTitle";
import { useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { NeonDoor } from "../../ui/NeonDoor";
import { Pulse } from "../home/Pulse";
import { InviteField, useInviteCheck } from "../signup/InviteField";
import css from "./WelcomePage.module.css";

export function WelcomePage() {
  const words = useWords();
  usePageTitle(words("welcome.title"));
  return (
    <div className={css["street"]}>
      <div className={css["scene"]}>
        <NeonDoor />
      </div>
      <div className={css["words"]}>
        <h1 className={css["title"]}>{words("welcome.title")}</h1>
        <p className={css["lead"]}>{words("welcome.lead")}</p>
        <Invitation />
        <p className={css["member"]}>
          {words("welcome.member")} <Link to="/login">{words("nav.login")}</Link>
        </p>
      </div>
      <div className={css["pulse"]}>
        <Pulse />
      </div>
    </div>
  );
}

function Invitation() {
  const words = useWords();
  const navigate = useNavigate();
  const [code, setCode] = useState("");
  const check = useInviteCheck(code);

  function enter(event: SyntheticEvent): void {
    event.preventDefault();
    void navigate("/signup", { state: { code: code.trim() } });
  }

  return (
    <form className={css["invitation"]} onSubmit={enter}>
      <InviteField code={code} change={setCode} check={check} />
      <Button type="submit" tone="hot" large>
        {words("welcome.enter")}
      </Button>
    </form>
  );
}
