// What a reader would complain of. Each function returns a list of complaints.

window.look = {
  /** Anything wider than the screen. */
  wide() {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const over = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 1);
    return over.slice(0, 5).map((element) => `${element.tagName}.${element.className} ends at ${element.getBoundingClientRect().right}`);
  },

  /** Text with less contrast than WCAG 2.2 AA asks for: 4.5, or 3 where it is large. */
  faint() {
    const parse = (text) => text.match(/[\d.]+/g).map(Number);
    const over = ([r, g, b, a = 1], under) => [r, g, b].map((part, at) => part * a + under[at] * (1 - a));
    const light = (colour) => {
      const [r, g, b] = colour.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      const layers = [];
      for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
      return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
    };
    const complaints = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const box = element.getBoundingClientRect();
      if (!texts.currentNode.data.trim() || !box.width || ["SCRIPT", "NOSCRIPT", "STYLE"].includes(element.tagName)) continue;
      const style = getComputedStyle(element);
      const [back, size] = [behind(element), parseFloat(style.fontSize)];
      const [one, other] = [light(over(parse(style.color), back)), light(back)].sort((a, b) => b - a);
      const ratio = (one + 0.05) / (other + 0.05);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) complaints.push(`${ratio.toFixed(2)}: ${texts.currentNode.data.trim().slice(0, 40)}`);
    }
    return complaints;
  },

  /** Controls without a name, pictures without a text. */
  nameless() {
    const named = (element) => element.labels?.length || element.getAttribute("aria-label") || element.textContent.trim();
    const controls = [...document.querySelectorAll("a[href], button, input, select")].filter((element) => !named(element));
    const pictures = [...document.querySelectorAll("img:not([alt])")];
    return [...controls, ...pictures].map((element) => element.outerHTML.slice(0, 80));
  },

  /** What has the focus: its words, whether it is seen, whether the focus is. */
  focus() {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return {
      words: (element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent).trim(),
      key: element.dataset.key ?? null,
      isBody: element === document.body,
      isSeen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      hasRing: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    };
  },
};
