import chromium from '@sparticuz/chromium';
import { defineConfig } from '@playwright/test';

export default defineConfig({
  reporter: 'list',
  use: {
    // A browser from the package registry. With `npx playwright install chromium`, leave this out.
    launchOptions: { executablePath: process.env.CHROMIUM ?? (await chromium.executablePath()) },
  },
  // Both take a free port and say which; the names in the patterns become environment variables.
  webServer: [
    { command: 'mockproof serve --port 0 --json', wait: { stdout: /"url": ?"(?<mock_url>[^"]+)"/ } },
    { command: 'node app/serve.mjs', wait: { stdout: /"url": ?"(?<app_url>[^"]+)"/ } },
  ],
});
