// The conversation as Gradio draws it: mended, kept when the line is lost, brought into sight.

import { afterTyping, answered, focusAfter, focusNext, inFlight, press, write } from "./ask.js";
import { closeArticle, numberQuotes, showQuoteOf } from "./article.js";
import { listAsked } from "./jump.js";
import { dropEarly, handOver, isEarly } from "./early.js";
import { alarm, box, find, findAll, root, say, trouble, words } from "./dom.js";
import { showTrouble } from "./errors.js";
import { switched, switchingTo, switchOn } from "./language.js";
import { hush } from "./listen.js";
import { addStep } from "./steps.js";

const low = window.matchMedia("(max-height: 24rem)");
let newest = ""; // id of the last exchange shown
let kept = []; // copies of what the log shows
let happened = ""; // what the server told last
let cleared = false; // the person emptied the log, so nothing of it may come back
let clearTimer;
let pressing = false; // by this script, for what was cleared and is still there

const shown = () => findAll("#log .message-wrap .asked, #log .message-wrap .reply");

// A server that lost the line has dropped the conversation, and its next log begins anew: the earlier part stays.
function keepEarlier(log, parts) {
  const earlier = find(".earlier", log) || document.createElement("div");
  if (cleared) {
    earlier.remove();
  } else if (newest && !parts.some((element) => element.id === newest)) {
    earlier.className = "earlier";
    earlier.append(...kept);
    findAll("[id]", earlier).forEach((element) => element.removeAttribute("id"));
    findAll(".anyway, .onward, .choices, .edit, .missing", earlier).forEach((element) => element.remove());
    log.prepend(earlier);
  }
  cleared = false;
  root.classList.remove("clearing");
  keep(parts);
}

function keep(parts) {
  kept = parts.map((element) => element.cloneNode(true));
}

function mend(log) {
  const region = find("[role=log]", log);
  if (region && region.getAttribute("aria-label") !== words.logLabel) {
    region.setAttribute("aria-label", words.logLabel);
  }
  // Gradio names each message by its markup, on elements that may bear no name.
  findAll("[data-testid=user][aria-label], [data-testid=bot][aria-label]", log).forEach((message) =>
    message.removeAttribute("aria-label"),
  );
  // Gradio's sanitiser sends every link to a new tab: wrong for a number to call and for the article.
  findAll('a[target][href^="tel:"], a[target][href^="sms:"], a[target][href^="/"]', log).forEach((link) => {
    link.removeAttribute("target");
  });
}

// The hint belongs to the box also for those who hear it.
function describeBox() {
  const [hint, field] = [find("#composer .info-text, #box [data-testid=block-info] + div"), find("#box textarea")];
  if (!hint || !field || field.getAttribute("aria-describedby") === "box-hint") return;
  hint.id = "box-hint";
  field.setAttribute("aria-describedby", "box-hint");
}

function follow() {
  const log = find("#log");
  handOver();
  if (!log) return;
  mend(log);
  describeBox();
  const parts = shown();
  const asked = parts.filter((element) => element.matches(".asked"));
  const last = asked.length ? asked[asked.length - 1] : null;
  // The question is drawn before its reply, and a shorter log is cut before it is redrawn: wait for all of it.
  const whole = parts.length === 2 * asked.length && !(last && kept.some((element) => element.id === last.id));
  const withdrawing = inFlight() && inFlight().withdraws;
  if ((last ? last.id : "") !== newest && whole && !withdrawing) {
    if (last) dropEarly();
    keepEarlier(log, parts);
    newest = last ? last.id : "";
    root.classList.toggle("talking", Boolean(last || isEarly() || find(".earlier", log)));
    if (!inFlight() || !inFlight().language) answered();
    numberQuotes();
    if (last) showReply(last, parts[parts.length - 1]);
    else if (!inFlight()) emptied();
  }
  hear(parts);
}

// What the server told besides the log: a trouble, or that everything is in the other language now.
function hear(parts) {
  const told = find("#told [data-testid=markdown]");
  const now = told ? told.textContent.trim() : "";
  if (!now || now === happened) return;
  const name = now.split(":")[0];
  if (name === "switched") {
    if (parts.some((element) => element.lang !== switchingTo())) return; // the log is drawn after it
    happened = now;
    switched();
    keep(parts);
    numberQuotes();
    if (focusAfter() === "reply" && parts.length) showReply(parts[parts.length - 2], parts[parts.length - 1]);
    answered();
  } else if (name === "withdrawn" || name === "forgotten") {
    const { withdraws, text } = inFlight() || {};
    if (!withdraws || parts.some((element) => element.id === withdraws)) return; // the log is drawn after it
    happened = now;
    withdrawn(parts, name === "forgotten" ? text : "");
  } else if (name === "counted") {
    const { counts } = inFlight() || {};
    if (counts && document.getElementById(counts.button)) return; // the log is drawn after it
    happened = now;
    answered();
    if (counts) thank(findAll("#log .reply")[counts.place]);
  } else if (name === "switching") {
    happened = now;
    switchOn();
  } else {
    happened = now;
    if (inFlight()) showTrouble(name);
  }
}

export function showReply(asked, reply) {
  addStep("talk");
  const card = find(".notice.crisis", reply);
  alarm.textContent = card ? card.innerText : "";
  root.classList.toggle("urgent", Boolean(card));
  const first = card && low.matches ? card : asked; // at 400 % zoom the question would fill the screen
  requestAnimationFrame(() => first.scrollIntoView({ block: "start" }));
  showQuoteOf(reply);
  listAsked();
  hush();
  if (focusAfter() === "box" && box()) box().focus({ preventScroll: true });
  else {
    const heading = find("h2", asked);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

// ---- A reply that did not answer ---------------------------------------------------------------------------------

export function countMiss(button) {
  const place = findAll("#log .reply").indexOf(button.closest(".reply"));
  focusNext("stay");
  press("missed", button.id.replace("missed-", ""), { counts: { button: button.id, place } });
}

// The button is gone: the focus stays where it was, on the words in its place, which are heard by that.
function thank(reply) {
  const [line, folded] = [reply && find(".counted", reply), reply && find(".folded", reply)];
  if (folded) folded.open = true;
  if (!line) return;
  line.tabIndex = -1;
  line.focus({ preventScroll: true });
}

// ---- Taking the last question back -------------------------------------------------------------------------------

export function takeBack(button) {
  const asked = button.closest(".asked");
  focusNext("box");
  closeArticle();
  press("withdraw", button.value || button.id.replace("edit-", ""), {
    withdraws: asked.id,
    text: find("p", asked).innerText,
  });
}

// `text` is given when a server that was started anew has no more than the page: what stood before stays here.
function withdrawn(parts, text) {
  const log = find("#log");
  dropEarly();
  if (text) {
    kept = kept.slice(0, -2);
    write(box(), box().value ? `${text}\n${box().value}` : text);
    keepEarlier(log, parts);
  } else {
    keep(parts);
  }
  newest = parts.length ? parts[parts.length - 2].id : "";
  root.classList.toggle("talking", parts.length > 0 || Boolean(find(".earlier", log)));
  answered();
  numberQuotes();
  editing();
}

// The words of the question stand in the box again: the writing goes on at their end.
export function editing() {
  alarm.textContent = "";
  root.classList.remove("urgent");
  listAsked();
  hush();
  say(words.editing);
  const field = box();
  field.focus({ preventScroll: true });
  field.setSelectionRange(field.value.length, field.value.length);
  requestAnimationFrame(() => field.scrollIntoView({ block: "nearest" }));
}

function emptied() {
  listAsked();
  hush();
  root.classList.remove("urgent");
  say(words.cleared);
  window.scrollTo(0, 0); // the page is short now: the box stands in its first view
  const start = afterTyping() === "box" ? box() : find("h1"); // a keyboard would lie over the questions to tap
  if (!start) return;
  if (start !== box()) start.tabIndex = -1;
  start.focus({ preventScroll: true });
}

// The server forgets the conversation, and its answer can be lost: a call or a stopped reload breaks the line over which
// it comes. Pressed again until the log is empty; a question that comes before that carries how far all is cleared.
function pressUntilCleared(after) {
  clearTimeout(clearTimer);
  clearTimer = setTimeout(() => {
    if (!cleared || !shown().length || inFlight() || after > 60000) return;
    pressing = true;
    find("#clear").click();
    pressing = false;
    pressUntilCleared(2 * after);
  }, after);
}

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest("#clear") || pressing) return;
    cleared = true;
    root.classList.add("clearing"); // out of sight at once
    if (newest && find("#carried textarea")) {
      write(find("#carried textarea"), JSON.stringify({ cleared: newest.replace("asked-", "") }));
    }
    pressUntilCleared(2000);
    closeArticle();
    trouble.replaceChildren();
    alarm.textContent = "";
    focusNext("box");
    const log = find("#log");
    // A conversation that the server has dropped already is only here: its server would change nothing.
    if (log && !shown().length) {
      dropEarly();
      keepEarlier(log, []);
      root.classList.remove("talking");
      numberQuotes();
      emptied();
    }
  },
  true,
);

let planned = false;

export function followLog() {
  new MutationObserver(() => {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      follow();
    });
  }).observe(find("#chat"), { childList: true, subtree: true, characterData: true });
}
