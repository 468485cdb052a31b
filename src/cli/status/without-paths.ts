/** A text without what may be secret in its URLs: of each, only scheme and host are left. */
export function withoutPaths(text: string): string {
  return text.replace(/(https?:\/\/)(?:[^/\s"\\@]*@)?([^/\s"\\?]*)[^\s"\\]*/g, '$1$2/…');
}
