import { expect, test as base } from '@playwright/test';
import { openWorkspace } from '../workspace.mjs';

const test = base.extend({
  workspace: async ({}, use) => {
    const workspace = await openWorkspace(process.env.MOCK_URL);
    await use(workspace);
    await workspace.close();
  },
});

test('the page follows a backup until it is completed', async ({ page, workspace }) => {
  await page.goto(`${process.env.APP_URL}/?api=${encodeURIComponent(workspace.url)}`);
  await page.getByRole('button', { name: 'Back up now' }).click();
  await expect(page.getByRole('status')).toHaveText('Backup queued');

  await workspace.advance(60);

  await expect(page.getByRole('status')).toHaveText('Backup completed');
  await workspace.verify({ match: { operation: 'createBackup' }, times: 1 });
});

test('without a page: a request straight to the API', async ({ request, workspace }) => {
  const headers = { Authorization: 'Bearer nimbus-token' };
  const answer = await request.get(`${workspace.url}/v1/backup_instances/4/backups`, { headers });
  await expect(answer).toBeOK();
  expect(await answer.json()).toEqual([]);
});
