/** Reads the messages of the realtime socket; what is not understood is left out, never guessed. */

export interface SyncMessage {
  /** The resume token; null on messages outside the person's own sequence. */
  readonly id: number | null;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly timestamp: string;
}

/** Parses one frame; null when it is not a message of the contract. */
export function parseMessage(frame: unknown): SyncMessage | null {
  if (typeof frame !== "string") return null;
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { id, type, data, timestamp } = value as Record<string, unknown>;
  if (typeof type !== "string" || !(id === null || id === undefined || Number.isSafeInteger(id))) return null;
  return {
    id: (id as number | undefined) ?? null,
    type,
    data: typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {},
    timestamp: typeof timestamp === "string" ? timestamp : "",
  };
}
