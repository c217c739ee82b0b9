/** Providers and routes. Screens behind the door load on demand; the door itself is in the first file. */

import { QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { BrowserRouter, Route, Routes } from "react-router";

import { LoginPage } from "../pages/login/LoginPage";
import { NotFoundPage } from "../pages/not-found/NotFoundPage";
import { SignupPage } from "../pages/signup/SignupPage";
import { queryClient } from "../wiring";
import { ErrorBoundary } from "./ErrorBoundary";
import { FrontDoor } from "./FrontDoor";
import { OnlySignedIn, OnlySignedOut } from "./guards";
import { Shell } from "./Shell";

const SlotPage = lazy(async () => ({ default: (await import("../pages/slot/SlotPage")).SlotPage }));
const RpsPage = lazy(async () => ({ default: (await import("../pages/rps/RpsPage")).RpsPage }));
const GachaPage = lazy(async () => ({ default: (await import("../pages/gacha/GachaPage")).GachaPage }));
const CrashPage = lazy(async () => ({ default: (await import("../pages/crash/CrashPage")).CrashPage }));
const GamesPage = lazy(async () => ({ default: (await import("../pages/games/GamesPage")).GamesPage }));
const LeaderboardPage = lazy(async () => ({ default: (await import("../pages/social/LeaderboardPage")).LeaderboardPage }));
const PlayerPage = lazy(async () => ({ default: (await import("../pages/social/PlayerPage")).PlayerPage }));
const FeedPage = lazy(async () => ({ default: (await import("../pages/social/FeedPage")).FeedPage }));
const HistoryPage = lazy(async () => ({ default: (await import("../pages/history/HistoryPage")).HistoryPage }));
const RewardsPage = lazy(async () => ({ default: (await import("../pages/rewards/RewardsPage")).RewardsPage }));
const EventsPage = lazy(async () => ({ default: (await import("../pages/events/EventsPage")).EventsPage }));
const BattlePassPage = lazy(async () => ({
  default: (await import("../pages/battlepass/BattlePassPage")).BattlePassPage,
}));
const AchievementsPage = lazy(async () => ({
  default: (await import("../pages/achievements/AchievementsPage")).AchievementsPage,
}));
const NotificationsPage = lazy(async () => ({
  default: (await import("../pages/notifications/NotificationsPage")).NotificationsPage,
}));
const StatusPage = lazy(async () => ({ default: (await import("../pages/status/StatusPage")).StatusPage }));
const ShopPage = lazy(async () => ({ default: (await import("../pages/shop/ShopPage")).ShopPage }));
const PurchasesPage = lazy(async () => ({ default: (await import("../pages/purchases/PurchasesPage")).PurchasesPage }));
const ProfilePage = lazy(async () => ({ default: (await import("../pages/profile/ProfilePage")).ProfilePage }));

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>
          <Routes>
            <Route element={<Shell />}>
              <Route index element={<FrontDoor />} />
              <Route element={<OnlySignedOut />}>
                <Route path="login" element={<LoginPage />} />
                <Route path="signup" element={<SignupPage />} />
              </Route>
              <Route element={<OnlySignedIn />}>
                <Route path="games" element={<GamesPage />} />
                <Route path="slot" element={<SlotPage />} />
                <Route path="rps" element={<RpsPage />} />
                <Route path="gacha" element={<GachaPage />} />
                <Route path="crash" element={<CrashPage />} />
                <Route path="leaderboards" element={<LeaderboardPage />} />
                <Route path="players/:userId" element={<PlayerPage />} />
                <Route path="feed" element={<FeedPage />} />
                <Route path="shop" element={<ShopPage />} />
                <Route path="purchases" element={<PurchasesPage />} />
                <Route path="history" element={<HistoryPage />} />
                <Route path="rewards" element={<RewardsPage />} />
                <Route path="events" element={<EventsPage />} />
                <Route path="battlepass" element={<BattlePassPage />} />
                <Route path="achievements" element={<AchievementsPage />} />
                <Route path="notifications" element={<NotificationsPage />} />
                <Route path="profile" element={<ProfilePage />} />
              </Route>
              <Route path="status" element={<StatusPage />} />
              <Route path="*" element={<NotFoundPage />} />
            </Route>
          </Routes>
        </BrowserRouter>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
