// Another language without leaving the page: a new page would lose the conversation, and nothing may be stored to
// carry it over. The server answers the questions again; the fixed texts come from the page in the other language.

import { endWaiting, focusNext, inFlight, press } from "./ask.js";
import { article, box, find, findAll, page, root, say, trouble, watchBar, words } from "./dom.js";
import { isEarly } from "./early.js";
import { showTrouble } from "./errors.js";

let next = null; // the page in the other language
let address = "";

// True when the switch is done here; otherwise the link leads to the other page, which loses nothing yet.
export function switches(link) {
  return Boolean(page && link.matches(".languages a, #log a.switch") && (find("#switch") || isEarly()));
}

export async function switchTo(link) {
  if (inFlight()) return;
  address = link.href;
  trouble.replaceChildren();
  focusNext(link.closest("#log") ? "reply" : "stay");
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error("no page");
    next = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    showTrouble("offline");
    return;
  }
  press("switch", next.documentElement.lang, { language: next.documentElement.lang });
}

// The newest exchanges are answered again: now the older ones.
export function switchOn() {
  endWaiting();
  press("switch", switchingTo(), { language: switchingTo(), goesOn: true });
}

export const switchingTo = () => (next ? next.documentElement.lang : "");

// The server has answered everything again: now the fixed texts follow.
export function switched() {
  if (!next) return;
  const stays = document.activeElement && document.activeElement.closest(".languages");
  const talk = find("#talk");
  for (const { name, value } of find("#page", next).attributes) page.setAttribute(name, value);
  for (const selector of [".bar", ".intro", "#asked-list", ".origins", "#starters", ".foot"]) {
    const [from, to] = [find(selector, next), find(selector)];
    if (from && to) to.replaceWith(document.adoptNode(from));
  }
  watchBar();
  const scrolled = article.scrollTop;
  article.setAttribute("aria-label", find("#article", next).getAttribute("aria-label"));
  article.replaceChildren(...find("#article", next).childNodes);
  article.scrollTop = scrolled;
  for (const template of findAll("template", next)) {
    document.getElementById(template.id).replaceWith(document.adoptNode(template));
  }
  document.title = next.title;
  root.lang = words.lang;
  box().lang = words.lang;
  window.history.replaceState(window.history.state, "", address);
  next = null;
  say(words.switched);
  if (stays) find(".languages a", talk).focus({ preventScroll: true });
}
