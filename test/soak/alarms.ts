/** What no exporter should write into its log, in whatever surroundings. */
export const alarming =
  /MaxListenersExceeded|uncaught|unhandled|Deprecat|TypeError|ReferenceError|RangeError|AssertionError|is not in the catalogue|never-show-me/i;
