import { expect, inject, test as base } from 'vitest';
import { openWorkspace } from '../workspace.mjs';

const test = base.extend({
  workspace: async ({}, use) => {
    const workspace = await openWorkspace(inject('mockUrl'));
    await use(workspace);
    await workspace.close();
  },
});

async function ask(workspace, method, path) {
  const answer = await fetch(`${workspace.url}${path}`, { method, headers: { Authorization: 'Bearer nimbus-token' } });
  return answer.json();
}

test('a backup that was asked for is completed after a while', async ({ workspace }) => {
  const backup = await ask(workspace, 'POST', '/v1/backup_instances/2/backups');
  expect(backup.status).toBe('queued');

  await workspace.advance(60);

  const later = await ask(workspace, 'GET', `/v1/backup_instances/2/backups/${backup.id}`);
  expect(later.status).toBe('completed');
  await workspace.verify({ match: { operation: 'createBackup' }, times: 1 });
});

test.concurrent('what another test does at the same time is not seen here', async ({ workspace }) => {
  const backups = await ask(workspace, 'GET', '/v1/backup_instances/2/backups');
  expect(backups.map((backup) => backup.status)).not.toContain('queued');
  await workspace.verify({ match: { operation: 'createBackup' }, times: 0 });
});
