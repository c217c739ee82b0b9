/** What stands at the address itself: the welcome for strangers, the home for members. */

import { Navigate } from "react-router";

import { HomePage } from "../pages/home/HomePage";
import { WelcomePage } from "../pages/welcome/WelcomePage";
import { useSession } from "../session/store";

export function FrontDoor() {
  const status = useSession((state) => state.status);
  const notice = useSession((state) => state.notice);
  // Whoever was put out is told why, where they can come back in.
  if (notice !== null) return <Navigate to="/login" replace />;
  return status === "signed_in" ? <HomePage /> : <WelcomePage />;
}
