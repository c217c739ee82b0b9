/** Lint rules: the usual strict ones, and the few that keep this client's promises. */

import { existsSync, readFileSync } from "node:fs";

import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

const CONTRACT = new URL("../../contracts/openapi.json", import.meta.url);

/** Paths the contract marks as deprecated, as regular expressions over literals; none while there is no contract. */
function deprecatedPaths() {
  if (!existsSync(CONTRACT)) return [];
  const { paths } = JSON.parse(readFileSync(CONTRACT, "utf8"));
  return Object.entries(paths)
    .filter(([, operations]) => Object.values(operations).every(({ deprecated }) => deprecated))
    .map(([path]) => path);
}

const MONEY = "/(gold|balance)/i";
const OPERATORS = "/^(\\+|-|\\*|\\/|%|\\*\\*)$/";
const ASSIGNMENTS = "/^(\\+|-|\\*|\\/|%|\\*\\*)=$/";

const arithmetic = ["left", "right"].flatMap((side) =>
  [`Identifier[name=${MONEY}]`, `MemberExpression[property.name=${MONEY}]`].map((operand) => ({
    selector: `BinaryExpression[operator=${OPERATORS}] > ${operand}.${side}`,
    message: "The server is the authority on gold: show its figures, never compute them.",
  })),
);

const arithmeticAssignment = ["Identifier[name=", "MemberExpression[property.name="].flatMap((node) => [
  { selector: `AssignmentExpression[operator=${ASSIGNMENTS}] > ${node}${MONEY}]`, message: "The server is the authority on gold." },
  { selector: `UpdateExpression > ${node}${MONEY}]`, message: "The server is the authority on gold." },
]);

const text = [
  {
    selector: "JSXText[value=/[\\p{L}]/u]",
    message: "Texts live in src/i18n, in every language.",
  },
  {
    selector: "JSXAttribute[name.name=/^(aria-label|alt|placeholder|title|label)$/] > Literal[value=/[\\p{L}]/u]",
    message: "Texts live in src/i18n, in every language.",
  },
];

const deprecated = deprecatedPaths().map((path) => ({
  selector: `Literal[value=${JSON.stringify(path)}]`,
  message: `The contract marks ${path} as deprecated.`,
}));

const network = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource"].map((name) => ({
  name,
  message: "Requests leave through src/wiring.ts only: the API client and the one socket.",
}));

export default defineConfig(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  hooks.configs.flat["recommended-latest"],
  a11y.flatConfigs.recommended,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-restricted-globals": ["error", ...network],
      "no-restricted-syntax": ["error", ...arithmetic, ...arithmeticAssignment, ...text, ...deprecated],
      "no-restricted-properties": [
        "error",
        ...["window", "globalThis", "self"].map((object) => ({ object, property: "fetch", message: network[0].message })),
        { object: "navigator", property: "sendBeacon", message: network[0].message },
      ],
      "max-lines": ["error", { max: 500, skipBlankLines: true }],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ["src/wiring.ts"],
    rules: { "no-restricted-globals": "off" },
  },
  {
    // A suite is one function by the shape of the test library.
    files: ["**/*.test.ts", "**/*.test.tsx"],
    rules: { "max-lines-per-function": "off", "no-restricted-syntax": "off" },
  },
  {
    files: ["eslint.config.js"],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { globals: { URL: "readonly" } },
  },
);
