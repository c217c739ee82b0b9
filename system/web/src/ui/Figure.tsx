/** A number with its name, for rows of figures. */

import css from "./Figure.module.css";

interface FigureProps {
  readonly label: string;
  readonly value: string;
}

export function Figures({ figures }: { readonly figures: readonly FigureProps[] }) {
  return (
    <dl className={css["figures"]}>
      {figures.map(({ label, value }) => (
        <div key={label} className={css["figure"]}>
          <dt className={css["label"]}>{label}</dt>
          <dd className={css["value"]}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
