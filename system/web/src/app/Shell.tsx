/** The frame of every screen: top bar, the state of the line, the screen itself, the footer. */

import { Suspense, useEffect, useRef } from "react";
import { Outlet, useLocation } from "react-router";

import { useWords } from "../i18n/text";
import { useFigures } from "../realtime/useFigures";
import { useSession } from "../session/store";
import { Banner } from "../ui/Banner";
import { SymbolSprite } from "../ui/SlotSymbol";
import { Toasts } from "../ui/Toast";
import { useOnline } from "../ui/useOnline";
import { socket } from "../wiring";
import { BottomBar, TopBar } from "./Bars";
import { Footer } from "./Footer";
import { useMaintenance } from "./maintenance";
import { MaintenanceScreen } from "./MaintenanceScreen";
import css from "./Shell.module.css";
import { UnreachableScreen } from "./UnreachableScreen";

function LiveFeed() {
  useFigures();
  return null;
}

/** Moves the reader's focus to the new screen after a navigation, not on the first load. */
function useFocusOnNavigation() {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  return main;
}

export function Shell() {
  const words = useWords();
  const signedIn = useSession((state) => state.status === "signed_in");
  const online = useOnline();
  const main = useFocusOnNavigation();
  useEffect(() => {
    if (online) socket.hurry();
    else socket.interrupt();
  }, [online]);
  return (
    <div className={css["shell"]} data-signed-in={signedIn || undefined}>
      <a className={css["skip"]} href="#main">
        {words("nav.skip")}
      </a>
      <SymbolSprite />
      <TopBar />
      <main id="main" ref={main} className={css["main"]} tabIndex={-1}>
        {!online && <Banner kind="alarm">{words("state.offline")}</Banner>}
        <Screen />
      </main>
      <Footer />
      {signedIn && <BottomBar />}
      {signedIn && <LiveFeed />}
      <Toasts />
    </div>
  );
}

function Screen() {
  const status = useSession((state) => state.status);
  const closed = useMaintenance((state) => state.until !== null);
  if (closed) return <MaintenanceScreen />;
  if (status === "starting") return <Opening />;
  if (status === "unreachable") return <UnreachableScreen />;
  return (
    <Suspense fallback={<Opening />}>
      <Outlet />
    </Suspense>
  );
}

function Opening() {
  const words = useWords();
  return (
    <p className={css["opening"]} role="status">
      {words("state.starting")}
    </p>
  );
}
