/** Starts the page: language first, then the session, then the first screen. */

import "./theme/latin.css";
import "./theme/tokens.css";
import "./theme/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { startLanguage } from "./i18n/language";
import { observePage } from "./telemetry/observe-page";
import { loadHangul } from "./theme/fonts";
import { resumeSession, telemetry } from "./wiring";

observePage(telemetry);
void resumeSession();
await startLanguage();
void loadHangul();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
