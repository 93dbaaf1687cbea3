// Until Gradio's box is there the plain form asks, and what it shows is handed over: nothing waits for the large scripts.

import { afterTyping, answered, beginWaiting, focusNext, inFlight, write } from "./ask.js";
import { numberQuotes } from "./article.js";
import { editing, showReply } from "./conversation.js";
import { box, find, findAll, form, root } from "./dom.js";
import { nameOf, showTrouble } from "./errors.js";

const PAUSE = 700; // milliseconds without a key before the box may be exchanged under somebody's hands
let typedAt = 0;
let handOverTimer;

const parts = (within) => findAll(".asked, .reply", within);

// `more` is what was tapped: a question, or the number of an exchange to be answered anyway; without it the box is sent.
export async function askEarly(more = {}) {
  if (inFlight()) return;
  const text = box().value;
  const [name] = Object.keys(more);
  focusNext(name ? "reply" : afterTyping());
  const again = () => (name || box().value === text) && askEarly(more);
  beginWaiting({ tapped: more.tapped, withdraws: more.withdraw, early: true, again });
  const fields = new URLSearchParams(new FormData(form()));
  if (name) fields.set(name, more[name]);
  try {
    const answer = await fetch(form().action, { method: "POST", body: fields, cache: "no-store", priority: "high" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = find("[data-trouble]", page);
    if (answer.ok) show(page, { typed: !name || name === "withdraw" });
    else showTrouble(told && told.dataset.trouble !== "full" ? told.dataset.trouble : nameOf(answer.status));
  } catch {
    showTrouble("offline");
  }
}

function show(page, { typed }) {
  const [from, to] = [find("#first", page), form()];
  find("#early").replaceChildren(...parts(find("#chat", page)));
  to.elements.earlier.value = from.elements.earlier.value;
  if (typed) to.elements.question.value = from.elements.question.value;
  findAll('#early a[href^="http"]').forEach((link) => (link.target = "_blank")); // so that the conversation stays
  const shown = parts(find("#early"));
  const withdrawn = inFlight() && inFlight().withdraws;
  root.classList.toggle("talking", shown.length > 0);
  answered();
  numberQuotes();
  if (withdrawn) editing();
  else if (shown.length) showReply(shown[shown.length - 2], shown[shown.length - 1]);
  handOver();
}

// Gradio draws the conversation from here on: what stood here stands there as well.
export function dropEarly() {
  find("#early").replaceChildren();
  const carried = find("#carried textarea");
  if (carried && carried.value) write(carried, "");
}

export const isEarly = () => find("#early").childElementCount > 0;

// The box that Gradio has drawn takes the place of the form's, with what is typed, its place in it and the focus.
export function handOver() {
  clearTimeout(handOverTimer);
  const [first, there] = [form(), find("#box textarea")];
  if (!first || !there || !find("#carried textarea") || inFlight()) return;
  const here = first.elements.question;
  if (Date.now() - typedAt < PAUSE) {
    handOverTimer = setTimeout(handOver, PAUSE);
    return;
  }
  const [focused, from, to] = [document.activeElement === here, here.selectionStart, here.selectionEnd];
  const [text, earlier] = [here.value, first.elements.earlier.value];
  first.remove();
  if (text) write(there, text);
  if (isEarly()) write(find("#carried textarea"), earlier);
  if (focused) {
    there.focus({ preventScroll: true });
    there.setSelectionRange(from, to);
  }
}

// Answers the form from now on; done when what was sent before is answered.
export async function answerForm() {
  const first = form();
  const send = (button) => askEarly(button && button.name ? { [button.name]: button.value } : {});
  document.addEventListener("submit", (event) => {
    if (event.target !== first) return;
    event.preventDefault();
    send(event.submitter);
  });
  for (const name of ["input", "compositionupdate"]) first.addEventListener(name, () => (typedAt = Date.now()));
  first.answers = true;
  if (first.kept) await send(first.kept);
}
