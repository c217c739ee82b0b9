/** Which screens may be seen in which state of the session. */

import { Navigate, Outlet, useLocation } from "react-router";

import { useSession } from "../session/store";

interface CameFrom {
  readonly from?: string;
}

/** Sends strangers to the log-in and remembers where they wanted to go. */
export function OnlySignedIn() {
  const status = useSession((state) => state.status);
  const left = useSession((state) => state.left);
  const { pathname } = useLocation();
  if (left) return <Navigate to="/" replace />;
  if (status === "signed_in") return <Outlet />;
  return <Navigate to="/login" replace state={{ from: pathname } satisfies CameFrom} />;
}

/** Sends members on to where they wanted to go, or home. */
export function OnlySignedOut() {
  const status = useSession((state) => state.status);
  const { from } = (useLocation().state ?? {}) as CameFrom;
  return status === "signed_in" ? <Navigate to={from ?? "/"} replace /> : <Outlet />;
}
