/** The slot: the cabinet, and beside it all there is to know about it. */

import { useWords } from "../../i18n/text";
import { GameRoom } from "../play/GameRoom";
import { Cabinet } from "./Cabinet";
import { OddsPanel } from "./OddsPanel";
import { PayTable } from "./PayTable";

export function SlotPage() {
  const words = useWords();
  return (
    <GameRoom
      type="slot"
      stage={(game) => <Cabinet game={game} />}
      about={(game) => [
        { key: "pays", label: words("slot.tab.pays"), panel: () => <PayTable lines={game.odds.pay_table} /> },
        { key: "odds", label: words("slot.tab.odds"), panel: () => <OddsPanel game={game} /> },
      ]}
    />
  );
}
