// What can go wrong with a question: saying so, and trying again. Waiting until the server is ready.

import { endWaiting, inFlight, write } from "./ask.js";
import { box, say, trouble, unsay, words } from "./dom.js";

// 502 and 504 come from a proxy, while the server behind it starts again.
const NAMES = { 403: "closed", 413: "too_big", 429: "rate", 502: "busy", 503: "busy", 504: "busy" };

export const nameOf = (status) => NAMES[status] || "failed";

let retryTimer;
let retrying = false;

export const isRetrying = () => retrying;

export function endRetrying() {
  retrying = false;
}

export function cancelRetry() {
  clearTimeout(retryTimer);
}

export function showTrouble(name) {
  const asked = inFlight();
  endWaiting();
  if (name === "starting") {
    waitUntilReady(() => retry(asked));
    return;
  }
  if (name === "rate" && asked && asked.goesOn) {
    retryTimer = setTimeout(() => retry(asked), 10000); // each exchange counts as a question: the older ones can wait
    return;
  }
  const template = document.getElementById(`trouble-${name}`) || document.getElementById("trouble-failed");
  // Shown again unchanged, a screen reader would read it again with every try.
  if (!retrying || trouble.dataset.name !== name) trouble.replaceChildren(template.content.cloneNode(true));
  trouble.dataset.name = name;
  // Not all at the same moment: those who were turned away together would be turned away together again.
  if (name === "busy" && asked) retryTimer = setTimeout(() => retry(asked), 3000 + Math.random() * 3000);
  else if (asked && asked.tapped && box() && !box().value) write(box(), asked.tapped); // so that it can be sent again
}

function retry(asked) {
  if (!asked || inFlight()) return;
  retrying = true;
  asked.again();
  if (!inFlight()) retrying = false; // it was changed in the meantime, and is sent by hand
}

export async function waitUntilReady(then = () => {}) {
  try {
    const answer = await fetch(new URL("../ready", import.meta.url), { cache: "no-store" });
    const { ready, failed } = await answer.json();
    if (ready) {
      unsay(words.gettingReady);
      then();
      return;
    }
    if (failed) {
      unsay(words.gettingReady);
      showTrouble("failed");
      return;
    }
  } catch {
    // No answer is no readiness either.
  }
  if (!inFlight()) say(words.gettingReady, { stay: true });
  setTimeout(() => waitUntilReady(then), 1000);
}
