/** Log lines that no exporter may write, whatever happens around it. */
export const alarming =
  /MaxListenersExceeded|uncaught|unhandled|Deprecat|TypeError|ReferenceError|RangeError|AssertionError|is not in the catalogue|never-show-me/i;
