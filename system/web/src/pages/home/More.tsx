/** The way from a part of the home page to the whole of it. */

import { ChevronRight } from "lucide-react";
import { Link } from "react-router";

import css from "./More.module.css";

export function More({ to, text }: { readonly to: string; readonly text: string }) {
  return (
    <Link className={css["more"]} to={to}>
      {text}
      <ChevronRight aria-hidden size={17} strokeWidth={1.8} />
    </Link>
  );
}
