import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../clock.js';
import type { Fault } from './fault.js';

/** Stands for PostgreSQL: accepts, and says nothing until it is spoken to in a protocol that it does not know. */
export function createPostgres(): Server {
  return createServer((socket) => socket.resume());
}

/** Stands for Redis: answers `PING`, plain or as an array of bulk strings, and refuses everything else. */
export function createRedis(clock: Clock, faultNow: () => Fault | undefined): Server {
  return createServer((socket) => {
    let pending = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (;;) {
        const command = nextCommand(pending);
        if (command === undefined) break;
        pending = pending.slice(command.characters);
        reply(
          socket,
          clock,
          faultNow(),
          command.name === 'PING' ? '+PONG\r\n' : `-ERR unknown command '${command.name}'\r\n`,
        );
      }
      if (pending.length > 4096) socket.destroy();
    });
  });
}

/** The first complete command in the text, with how many characters it takes; undefined when more must come. */
function nextCommand(text: string): { readonly name: string; readonly characters: number } | undefined {
  const array = /^\*(\d+)\r\n/.exec(text);
  if (array === null) {
    const line = /^(\S*)[^\n]*\n/.exec(text);
    return line === null ? undefined : { name: (line[1] ?? '').toUpperCase(), characters: line[0].length };
  }
  let at = array[0].length;
  let name = '';
  for (let index = 0; index < Number(array[1]); index += 1) {
    const head = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (head === null) return undefined;
    const begin = at + head[0].length;
    const end = begin + Number(head[1]);
    if (text.length < end + 2) return undefined;
    if (index === 0) name = text.slice(begin, end).toUpperCase();
    at = end + 2;
  }
  return { name, characters: at };
}

function reply(socket: Socket, clock: Clock, fault: Fault | undefined, text: string): void {
  if (fault?.kind === 'hang') return;
  if (fault?.kind !== 'slow') {
    socket.write(text);
    return;
  }
  const cancel = clock.setTimer(() => socket.write(text), fault.seconds);
  socket.once('close', cancel);
}
