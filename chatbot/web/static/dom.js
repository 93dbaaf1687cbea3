// The parts of the page that several scripts use, its words, and the line that says what happens.
// Every word stands in the page already: in data attributes and templates of layout.py.

export const root = document.documentElement;
export const page = document.getElementById("page"); // none on the article's own page
export const article = document.getElementById("article");
export const alarm = document.getElementById("alarm");
export const trouble = document.getElementById("trouble");
export const words = document.querySelector("[data-looking]").dataset;
export const narrow = window.matchMedia("(max-width: 63.99rem)");

export const find = (selector, within = document) => within.querySelector(selector);
export const findAll = (selector, within = document) => Array.from(within.querySelectorAll(selector));
export const form = () => document.getElementById("first"); // until Gradio's box is there
export const box = () => find("#first textarea") || find("#box textarea");

// The bar grows with its words and with larger letters, and nothing may come to lie under it. Another language brings
// another bar: that one is watched then.
const barSizes = new ResizeObserver(([entry]) =>
  root.style.setProperty("--bar", `${entry.target.offsetHeight}px`),
);

export function watchBar() {
  barSizes.disconnect();
  barSizes.observe(find(".bar"));
}

const said = document.getElementById("said");
let saidTimer;

export function say(text, { stay = false } = {}) {
  clearTimeout(saidTimer);
  said.textContent = text;
  if (!stay && text) saidTimer = setTimeout(() => (said.textContent = ""), 5000);
}

export function unsay(text) {
  if (said.textContent === text) say("");
}
