/** What stands at the address itself: the welcome for strangers, the home for members. */

import { HomePage } from "../pages/home/HomePage";
import { WelcomePage } from "../pages/welcome/WelcomePage";
import { useSession } from "../session/store";

export function FrontDoor() {
  const status = useSession((state) => state.status);
  return status === "signed_in" ? <HomePage /> : <WelcomePage />;
}
