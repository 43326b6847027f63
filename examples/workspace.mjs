// One test's own part of a running mock: its data, clock and journal are nobody else's.
// Copy this file into your project; the recipes beside it import it.
import { randomUUID } from 'node:crypto';

export async function openWorkspace(mockUrl, name = `test-${randomUUID()}`) {
  const workspace = encodeURIComponent(name);

  async function tell(method, path, body = method === 'DELETE' ? undefined : {}) {
    const answer = await fetch(`${mockUrl}/__mock${path}`, {
      method,
      headers: { 'X-Mock-Workspace': name, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /__mock${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  return {
    name,
    /** The API as this test sees it; for clients that take a base URL and nothing else. */
    url: `${mockUrl}/__mock/w/${workspace}`,
    /** The same, for clients that keep the mock's own URL. */
    headers: { 'X-Mock-Workspace': name },
    /** Moves this workspace's clock: what takes minutes is done at once. */
    advance: (seconds) => tell('POST', '/clock/advance', { seconds }),
    reset: () => tell('POST', '/reset', {}),
    /** Throws, with the nearest misses, unless the journal holds what is expected: {match: {operation}, times}. */
    async verify(...expect) {
      const told = await tell('POST', '/journal/verify', { expect });
      if (told.finding !== 'pass') throw new Error(`the journal says otherwise: ${JSON.stringify(told, null, 2)}`);
    },
    close: () => tell('DELETE', `/workspaces/${workspace}`),
  };
}
