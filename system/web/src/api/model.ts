/** Names for the answers of the API that screens pass around; every shape is the generated one. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["OwnProfile"];
export type Tokens = Schemas["TokensAnswer"];
export type DeviceSession = Schemas["Session"];
export type Game = Schemas["Game"];
export type GameType = Game["odds"]["game_type"];
/** A game with the odds of its own kind. */
export type GameOf<T extends GameType> = Game & { readonly odds: Extract<Game["odds"], { game_type: T }> };
export type PayLine = Schemas["PayLine"];
export type SpinResult = Schemas["SpinAnswer"];
export type RpsResult = Schemas["RpsAnswer"];
export type PullResult = Schemas["PullAnswer"];
export type PulledItem = Schemas["PulledItem"];
export type GachaStats = Schemas["GachaStats"];
export type CrashStart = Schemas["CrashStarted"];
export type CashOut = Schemas["CashOutAnswer"];
export type CrashNow = Schemas["CrashNow"];
export type CrashRound = Schemas["CrashRoundShown"];
export type Leader = Schemas["Leader"];
export type Player = Schemas["Player"];
export type FeedEntry = Schemas["FeedEntry"];
export type FollowedFace = Schemas["FollowedFace"];
export type SocialSettings = Schemas["SocialSettings"];
export type SocialSettingsAsked = Schemas["SocialSettingsAsked"];
export type SeedState = Schemas["SeedInUse"];
export type SeedRotation = Schemas["Rotation"];
export type Verification = Schemas["Verification"];
export type Round = Schemas["Round"];
export type GameStats = Schemas["GameStats"];
export type Product = Schemas["ProductOnSale"];
export type ShopItem = Schemas["Item"];
export type LimitedPackage = Schemas["PackageOnSale"];
export type Purchase = Schemas["Transaction"];
export type Dashboard = Schemas["Dashboard"];
export type ActionItem = Schemas["Action"];
export type StreakStatus = Schemas["StreakStatus"];
export type StreakHistory = Schemas["StreakHistory"];
export type ComingDay = Schemas["ComingDay"];
export type VipStatus = Schemas["VipStatus"];
export type EventCard = Schemas["EventCard"];
export type MissionCard = Schemas["MissionCard"];
export type BattlePass = Schemas["BattlePass"];
export type PassLevel = Schemas["Level"];
export type MyAchievement = Schemas["MyAchievement"];
/** A text of the server, by language. */
export type Titles = Readonly<Record<string, string>>;
export type Notice = Schemas["Notification"];
export type NoticeSettingsAsked = Schemas["NoticeSettingsAsked"];
export type PlayLimits = Schemas["PlayLimitsAnswer"];
export type PlayLimitsAsked = Schemas["PlayLimitsAsked"];
export type DailyLimit = Schemas["DailyLimit"];
export type PublicStatus = Schemas["ClubStatus"];
export type Objective = Schemas["Objective"];
