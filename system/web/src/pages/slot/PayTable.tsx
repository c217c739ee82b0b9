/** What each line pays, as published. */

import type { PayLine } from "../../api/model";
import { useWords } from "../../i18n/text";
import { SlotSymbol, symbolName } from "../../ui/SlotSymbol";
import css from "./PayTable.module.css";

export function PayTable({ lines }: { readonly lines: readonly PayLine[] }) {
  const words = useWords();
  return (
    <table className={css["table"]}>
      <caption className={css["caption"]}>{words("slot.pays.caption")}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">{words("slot.pays.line")}</th>
          <th scope="col">{words("slot.pays.multiplier")}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.symbols.join()} className={css["row"]}>
            <th scope="row" className={css["line"]}>
              <span className="visually-hidden">{line.symbols.map((symbol) => symbolName(symbol, words)).join(", ")}</span>
              {line.symbols.map((symbol, place) => (
                <LineSymbol key={place} symbol={symbol} />
              ))}
            </th>
            <td className={css["pays"]}>{words("slot.multiplier", { multiplier: line.multiplier })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LineSymbol({ symbol }: { readonly symbol: string }) {
  const words = useWords();
  if (symbol !== "any") return <SlotSymbol name={symbol} className={css["symbol"]} />;
  return (
    <span aria-hidden className={css["any"]}>
      {words("slot.any")}
    </span>
  );
}
