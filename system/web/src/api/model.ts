/** Names for the answers of the API that screens pass around; every shape is the generated one. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type TokenAnswer = Schemas["TokenAnswer"];
export type DeviceSession = Schemas["Session"];
export type Game = Schemas["Game"];
export type PayLine = Schemas["PayLine"];
export type SpinResult = Schemas["SpinResult"];
export type SeedState = Schemas["Fairness"];
export type SeedRotation = Schemas["Rotation"];
export type Verification = Schemas["Verify"];
export type Round = Schemas["Round"];
export type GameStats = Schemas["Stats"];
export type ActionItem = Schemas["ActionItem"];
export type CommunityPulse = Schemas["Metrics"];
