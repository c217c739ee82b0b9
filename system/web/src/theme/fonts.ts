/** Loads the Hangul slices beside the first paint, not before it: names may be Korean in any language. */

export async function loadHangul(): Promise<void> {
  await Promise.all([import("@fontsource-variable/noto-sans-kr/wght.css"), import("@fontsource/gugi/400.css")]);
}
