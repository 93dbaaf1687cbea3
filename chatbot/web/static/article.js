// The article: beside the chat where there is room, else a sheet over it that closes back to the same place.

import { article, box, find, findAll, narrow, page, root, words } from "./dom.js";
import { addStep, takeStep } from "./steps.js";

let opener = null;

export function opensArticle(link) {
  if (link.tagName !== "A") return false;
  return Boolean(place(link)) || (article.contains(link) && link.hash.startsWith("#article-"));
}

function place(link) {
  const address = new URL(link.href, window.location.href);
  const shown = find(`[data-address="${CSS.escape(address.pathname)}"]`, article);
  if (!shown || address.origin !== window.location.origin) return null;
  const [start, end] = (address.searchParams.get("quote") || "-").split("-").map(Number);
  const where = { shown, start, end, section: address.hash.slice(1) };
  if (isHere(link, where)) return where;
  link.target = "_blank"; // so that the conversation stays
  return null;
}

// Articles can be changed while a page is open: then this page shows the text from before, without the new quote.
function isHere(link, where) {
  const quote = find("blockquote", link.closest("figure") || link);
  if (!quote) return true;
  const [text, units] = [quote.textContent, unitsOf(where).map((unit) => unit.textContent)];
  return units.length > 0 && text.startsWith(units[0]) && text.endsWith(units[units.length - 1]);
}

function unitsOf({ shown, start, end }) {
  return findAll(".unit", shown).filter((unit) => {
    const [, from, to] = unit.id.match(/at-(\d+)-(\d+)$/);
    return Number(from) >= start && Number(to) <= end;
  });
}

export function openArticle(link) {
  const where = place(link);
  if (!article.contains(link)) opener = link;
  findAll(".current", article).forEach((unit) => unit.classList.remove("current"));
  let target;
  if (!where) {
    target = document.getElementById(link.hash.slice(1));
  } else if (where.end) {
    const units = unitsOf(where);
    units.forEach((unit) => unit.classList.add("current"));
    target = units[0];
  } else {
    target = document.getElementById(`${where.shown.id}-${where.section}`);
  }
  root.classList.remove("urgent"); // whoever opens it wants to read it
  setSheet(true);
  target = target || article;
  target.tabIndex = -1;
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

function setSheet(open) {
  const sheet = open && narrow.matches;
  root.classList.toggle("article-open", sheet);
  if (sheet) addStep("sheet");
  else takeStep("sheet");
  find("#talk").inert = sheet;
  if (sheet) {
    article.setAttribute("role", "dialog");
    article.setAttribute("aria-modal", "true");
  } else {
    article.setAttribute("role", "complementary");
    article.removeAttribute("aria-modal");
  }
}

export function closeArticle() {
  if (!page) return;
  findAll(".current", article).forEach((unit) => unit.classList.remove("current"));
  setSheet(false);
  if (!opener) return;
  const back = opener.isConnected ? opener : box();
  if (back) {
    back.focus({ preventScroll: true });
    back.scrollIntoView({ block: "nearest" });
  }
  opener = null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && page && (opener || root.classList.contains("article-open"))) closeArticle();
});
narrow.addEventListener("change", () => page && setSheet(false));

// Beside the chat the article moves to the newest quote; as a sheet it stays closed.
export function showQuoteOf(reply) {
  const where = narrow.matches ? null : [find("a.citation", reply)].filter(Boolean).map(place)[0];
  const units = where ? unitsOf(where) : [];
  if (!units.length) return;
  findAll(".current", article).forEach((unit) => unit.classList.remove("current"));
  units.forEach((unit) => unit.classList.add("current"));
  const [pane, quote] = [article.getBoundingClientRect(), units[0].getBoundingClientRect()];
  article.scrollTop += quote.top - pane.top - pane.height / 3;
}

export function numberQuotes() {
  findAll(".quote-number", article).forEach((mark) => mark.remove());
  findAll(".quoted", article).forEach((unit) => unit.classList.remove("quoted"));
  for (const link of findAll("#chat a.citation")) {
    const where = place(link);
    const units = where ? unitsOf(where) : [];
    units.forEach((unit) => unit.classList.add("quoted"));
    if (!units.length) continue;
    const mark = document.createElement("span");
    mark.className = "quote-number";
    mark.textContent = `${words.quoteNumber} ${find(".number", link).textContent}`;
    mark.lang = root.lang;
    units[0].before(mark);
  }
}
