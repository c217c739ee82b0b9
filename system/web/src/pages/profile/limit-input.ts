/** Reads what was typed as a limit. */

const GOLD = /^\d{1,12}$/;

/** Whole gold; null for an empty field, which means no limit; undefined for anything else. */
export function limitOf(text: string): number | null | undefined {
  const plain = text.replace(/[\s,]/g, "");
  if (plain === "") return null;
  return GOLD.test(plain) ? Number(plain) : undefined;
}
