/** The commit the page was built from, put in by vite.config.ts. */
declare const __BUILD_COMMIT__: string;
