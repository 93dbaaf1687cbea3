// Steps in the browser's history: Back closes the article, and neither Back nor a reload ends a conversation unsaid.

import { closeArticle } from "./article.js";
import { root, say, words } from "./dom.js";

let warnedAt = 0;
let calledAt = 0;

const within = (moment, milliseconds) => Date.now() - moment < milliseconds;
const talking = () => root.classList.contains("talking") && !root.classList.contains("left");

// `kind` is "talk" or "sheet". How many steps there are stands in the state: an exit goes back over all of them. A frame
// shares its history with the page around it, so there are none.
export function addStep(kind) {
  if (window.top !== window) return;
  const now = window.history.state || { steps: 0 };
  if (!now[kind]) window.history.pushState({ ...now, steps: now.steps + 1, [kind]: true }, "");
}

export function takeStep(kind) {
  if (window.history.state && window.history.state[kind]) window.history.back();
}

export function watchSteps() {
  window.history.replaceState(null, ""); // after a reload there is nothing to go back over
  window.addEventListener("popstate", ({ state }) => {
    if (root.classList.contains("article-open") && !(state && state.sheet)) closeArticle();
    else if (talking() && !(state && state.talk)) {
      warnedAt = Date.now();
      say(words.backAgain);
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest('a[href^="tel:"], a[href^="sms:"]')) calledAt = Date.now();
  });
  // Nothing may stand between a tap on a number and the call, and Back has had its word.
  window.addEventListener("beforeunload", (event) => {
    if (talking() && !within(warnedAt, 10000) && !within(calledAt, 1000)) event.preventDefault();
  });
}
