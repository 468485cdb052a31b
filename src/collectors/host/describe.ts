const binaryPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** A size for people: `9.3 GiB`, `512 B`; bytes have no decimals. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let prefix = 0;
  // 1023.95 would be shown as 1024.0.
  while (value >= 1023.95 && prefix < binaryPrefixes.length - 1) {
    value /= 1024;
    prefix += 1;
  }
  return `${prefix === 0 ? Math.round(value) : value.toFixed(1)} ${binaryPrefixes[prefix]}B`;
}

/**
 * A ratio for people in whole percent, rounded up as `df` does: then "90 %" is never above a threshold of 90 %.
 */
export function percentText(ratio: number): string {
  const percent = ratio * 100;
  const nearest = Math.round(percent);
  return `${Math.abs(percent - nearest) < 1e-6 ? nearest : Math.ceil(percent)} %`;
}
