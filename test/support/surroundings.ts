import type { CommandSurroundings } from '../../src/cli/options.js';

/** What a command gets from its process, without one. */
export function surroundings(
  directory = '.',
  environment: CommandSurroundings['environment'] = {},
): CommandSurroundings & { readonly printed: () => string; readonly complained: () => string } {
  let printed = '';
  let complained = '';
  const stream = (write: (text: string) => void) =>
    ({
      write: (text: string) => {
        write(text);
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  return {
    environment,
    directory,
    out: stream((text) => (printed += text)),
    errors: stream((text) => (complained += text)),
    onSignal: () => () => {},
    useDefaultSignals: () => {},
    printed: () => printed,
    complained: () => complained,
  };
}
