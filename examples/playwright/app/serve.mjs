// Stands for your own development server: it serves one page, on a free port.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const page = await readFile(new URL('index.html', import.meta.url));
const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(page));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
