#!/usr/bin/env node
import { Signals } from './cli/signals.js';

// Without a listener Node.js opens its debugger, to every user of the machine; --inspect still does when it is asked for.
process.on('SIGUSR1', () => {});
// Before anything else is loaded, which an `import` above would do first.
const signals = new Signals();
const { runProcess } = await import('./cli/process.js');
const exitCode = await runProcess(process.argv.slice(2), signals);
// The only exit: timers and sockets that something forgot must not keep a stopped exporter alive.
process.exit(exitCode);
