/** Script for a page: the contrast of every text with its background. It is a string because these tests have no types of the DOM. */
export const contrastScript = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const backgroundOf = (element) => {
    if (element === null) return [255, 255, 255];
    const colour = channels(getComputedStyle(element).backgroundColor);
    return colour[3] === 0 ? backgroundOf(element.parentElement) : colour;
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== ''))
    .map((element) => {
      const both = [luminance(channels(getComputedStyle(element).color)), luminance(backgroundOf(element))].sort();
      return { text: element.className + ': ' + element.textContent, ratio: (both[1] + 0.05) / (both[0] + 0.05) };
    });
})()`;
