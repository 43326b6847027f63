import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { openWorkspace } from '../workspace.mjs';
import { startMock } from './mock.mjs';

const TOKEN = { Authorization: 'Bearer nimbus-token' };
let mock, workspace;

before(async () => (mock = await startMock()));
after(() => mock?.stop());
beforeEach(async () => (workspace = await openWorkspace(mock.url)));
afterEach(() => workspace?.close());

async function ask(method, path) {
  const answer = await fetch(`${workspace.url}${path}`, { method, headers: TOKEN });
  return { status: answer.status, body: await answer.json() };
}

test('a backup that was asked for is completed after a while', async () => {
  const { body: backup } = await ask('POST', '/v1/backup_instances/2/backups');
  assert.equal(backup.status, 'queued');

  await workspace.advance(60);

  const { body: later } = await ask('GET', `/v1/backup_instances/2/backups/${backup.id}`);
  assert.equal(later.status, 'completed');
  await workspace.verify({ match: { operation: 'createBackup' }, times: 1 });
});

test('what another test did is not seen here', async () => {
  const { body } = await ask('GET', '/v1/backup_instances/2/backups');
  assert.ok(body.every((backup) => backup.status !== 'queued'));
  await workspace.verify({ match: { operation: 'createBackup' }, times: 0 });
});
