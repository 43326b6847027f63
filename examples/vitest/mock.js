// Starts the mock once for all test files; its first line tells where.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export default async function setup(project) {
  const server = spawn('mockproof', ['serve', '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`mockproof ended with ${code} before it was ready`)));
  });
  const ready = (async () => {
    for await (const line of createInterface({ input: server.stdout })) return JSON.parse(line);
  })();
  const { url } = await Promise.race([ready, gone]);
  gone.catch(() => {});
  project.provide('mockUrl', url);
  return () => server.kill();
}
