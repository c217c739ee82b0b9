/** A person's name for a device, from its user agent. */

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/(?:Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/(?:Firefox|FxiOS)\//, "Firefox"],
  [/Version\/.*Safari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

const first = (table: readonly [RegExp, string][], text: string): string | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1];

/** "Chrome · Android"; the user agent's first word for programs; null when there is none. */
export function deviceName(userAgent: string): string | null {
  if (!userAgent) return null;
  const names = [first(BROWSERS, userAgent), first(SYSTEMS, userAgent)].filter((name) => name !== undefined);
  return names.length > 0 ? names.join(" · ") : (userAgent.split(/[\s/]/)[0] ?? null);
}
