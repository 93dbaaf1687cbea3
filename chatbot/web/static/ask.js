// Asking and waiting for the reply. What was typed is never lost.

import { box, find, form, page, say, trouble, unsay, words } from "./dom.js";
import { askEarly } from "./early.js";
import { cancelRetry, endRetrying, isRetrying, showTrouble } from "./errors.js";

let waiting = null; // what was asked and is not answered yet
let goTo = "box"; // where the focus belongs after the answer: "box", "reply" or "stay"
let slowTimer;
let leaveTimer;
let lostTimer;
let pressing = false; // by this script, for what waits already

export const inFlight = () => waiting;
export const focusAfter = () => goTo;

export function focusNext(where) {
  goTo = where;
}

// Gradio's buttons are there a little before it listens to them: a press that sent nothing within a second is repeated.
function pressUntilSent(button) {
  const again = (tries) => {
    leaveTimer = setTimeout(() => {
      if (!waiting || !tries) return;
      pressing = true;
      button().click();
      pressing = false;
      again(tries - 1);
    }, 1000);
  };
  again(30);
}

export function hasLeft() {
  clearTimeout(leaveTimer);
}

export function beginWaiting(asked) {
  waiting = asked;
  cancelRetry();
  clearTimeout(slowTimer);
  clearTimeout(lostTimer);
  if (!isRetrying()) trouble.replaceChildren(); // while it is tried again, the reason and the numbers stay
  slowTimer = setTimeout(() => say(words.looking, { stay: true }), 300);
  lostTimer = setTimeout(() => showTrouble("offline"), 60000);
  if (box()) box().readOnly = true; // what is typed now would vanish when the answer empties the box
}

export function endWaiting() {
  clearTimeout(leaveTimer);
  clearTimeout(slowTimer);
  clearTimeout(lostTimer);
  unsay(words.looking);
  if (box()) box().readOnly = false;
  waiting = null;
}

export function answered() {
  endWaiting();
  endRetrying();
  trouble.replaceChildren();
}

// ---- Sending -----------------------------------------------------------------------------------------------------

export function write(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true })); // Gradio listens for this
}

// Writes into the hidden field and presses a hidden button. `more` is remembered while waiting.
export function press(id, text, more = {}) {
  if (waiting) return;
  endRetrying();
  if (form() && (id === "anyway" || id === "withdraw")) {
    askEarly({ [id]: text });
    return;
  }
  pressAgain(id, text, more);
}

function pressAgain(id, text, more) {
  const field = find("#tapped textarea");
  const again = () => pressAgain(id, text, more);
  if (waiting) return;
  if (!field || form()) {
    say(words.gettingReady, { stay: true });
    setTimeout(again, 100); // Gradio is not there yet
    return;
  }
  unsay(words.gettingReady);
  beginWaiting({ ...more, again });
  write(field, text);
  setTimeout(() => document.getElementById(id).click(), 0);
  pressUntilSent(() => document.getElementById(id));
}

export function ask(text) {
  goTo = "reply";
  if (form()) askEarly({ tapped: text });
  else press("tap", text, { tapped: text });
}

function beginTyped() {
  const text = box().value;
  // Tried again only as long as nobody changes it: half a thought must not be sent.
  beginWaiting({ again: () => box().value === text && find("#ask").click() });
  pressUntilSent(() => find("#ask"));
}

// Back in the box for the next question; but the keyboard of a phone would lie over the reply.
export const afterTyping = () => (window.matchMedia("(pointer: coarse)").matches ? "reply" : "box");

document.addEventListener(
  "keydown",
  (event) => {
    if (!page || form() || event.target !== box() || event.key !== "Enter") return;
    if (event.isComposing || (waiting && !event.shiftKey)) {
      event.stopPropagation();
      event.preventDefault();
    } else if (!event.shiftKey) {
      goTo = afterTyping();
      endRetrying();
      beginTyped();
    }
  },
  true,
);

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest("#ask") || pressing) return;
    if (waiting) {
      event.stopPropagation();
      event.preventDefault();
      return;
    }
    if (event.isTrusted) {
      endRetrying();
      goTo = afterTyping();
    }
    beginTyped();
  },
  true,
);

// ---- How much may be typed ---------------------------------------------------------------------------------------

let countTimer;

// Said only near the limit, and to a screen reader only when typing pauses.
document.addEventListener("input", (event) => {
  if (!page || event.target !== box()) return;
  const left = Number(words.longest) - Array.from(box().value).length;
  let line = document.getElementById("characters-left");
  if (!line && left <= 200) {
    line = document.createElement("p");
    line.id = "characters-left";
    line.setAttribute("role", "status");
    find("#composer").append(line);
  }
  clearTimeout(countTimer);
  if (line) countTimer = setTimeout(() => (line.textContent = left <= 200 ? `${left} ${words.charactersLeft}` : ""), 400);
});
