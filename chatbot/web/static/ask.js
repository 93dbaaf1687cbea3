// Asking, waiting for the reply, and saying what went wrong. What was typed is never lost.

import { box, find, page, say, trouble, unsay, words } from "./dom.js";

let waiting = null; // what was asked and is not answered yet
let goTo = "box"; // where the focus belongs after the answer: "box", "reply" or "stay"
let slowTimer;
let lostTimer;
let retryTimer;
let retrying = false;

export const inFlight = () => waiting;
export const focusAfter = () => goTo;

export function focusNext(where) {
  goTo = where;
}

function beginWaiting(asked) {
  waiting = asked;
  clearTimeout(retryTimer);
  clearTimeout(slowTimer);
  clearTimeout(lostTimer);
  if (!retrying) trouble.replaceChildren(); // while it is tried again, the reason and the numbers stay
  slowTimer = setTimeout(() => say(words.looking, { stay: true }), 300);
  lostTimer = setTimeout(() => showTrouble("offline"), 60000);
  if (box()) box().readOnly = true; // what is typed now would vanish when the answer empties the box
}

function endWaiting() {
  clearTimeout(slowTimer);
  clearTimeout(lostTimer);
  unsay(words.looking);
  if (box()) box().readOnly = false;
  waiting = null;
}

export function answered() {
  endWaiting();
  retrying = false;
  trouble.replaceChildren();
}

// ---- What can go wrong -------------------------------------------------------------------------------------------

export function showTrouble(name) {
  const asked = waiting;
  endWaiting();
  if (name === "starting") {
    waitUntilReady(() => retry(asked));
    return;
  }
  const template = document.getElementById(`trouble-${name}`) || document.getElementById("trouble-failed");
  // Shown again unchanged, a screen reader would read it again with every try.
  if (!retrying || trouble.dataset.name !== name) trouble.replaceChildren(template.content.cloneNode(true));
  trouble.dataset.name = name;
  // Not all at the same moment: those who were turned away together would be turned away together again.
  if (name === "busy" && asked) retryTimer = setTimeout(() => retry(asked), 3000 + Math.random() * 3000);
  else if (asked && asked.tapped && !box().value) write(box(), asked.tapped); // so that it can be sent again
}

function retry(asked) {
  if (!asked || waiting) return;
  retrying = true;
  asked.again();
  if (!waiting) retrying = false; // it was changed in the meantime, and is sent by hand
}

export async function waitUntilReady(then = () => {}) {
  try {
    const answer = await fetch(new URL("../ready", import.meta.url), { cache: "no-store" });
    if ((await answer.json()).ready) {
      unsay(words.gettingReady);
      then();
      return;
    }
  } catch {
    // No answer is no readiness either.
  }
  if (!waiting) say(words.gettingReady, { stay: true });
  setTimeout(() => waitUntilReady(then), 1000);
}

export function watchRequests() {
  const send = window.fetch.bind(window);
  window.fetch = async (resource, options) => {
    const path = new URL(resource instanceof Request ? resource.url : resource, window.location.href).pathname;
    const asks = path.endsWith("/queue/join");
    // After a lost line Gradio asks this, and loads the page anew on any answer: what was typed and shown would be
    // gone, and an exit on its way would be called off.
    if (path.endsWith("/gradio_api/app_id")) return new Response("", { status: 503 });
    try {
      const response = await send(resource, options);
      // 502 and 504 come from a proxy, while the server behind it starts again.
      const names = { 403: "closed", 413: "too_big", 429: "rate", 502: "busy", 503: "busy", 504: "busy" };
      if (asks && !response.ok) showTrouble(names[response.status] || "failed");
      if (asks && response.ok) remember(response.clone(), options);
      return path.endsWith("/queue/data") && response.ok ? mended(response) : response;
    } catch (error) {
      if (asks || (waiting && path.endsWith("/queue/data"))) showTrouble("offline");
      // Told of a broken line, Gradio would take no further question until the page is loaded anew.
      if (asks) return new Response("{}", { status: 503 });
      throw error;
    }
  };
}

// The same stream of events. When a server dies in the middle of an answer its line just ends, and Gradio, told of that,
// would take no further question until the page is loaded anew: it is told of an answer that changes nothing.
function mended(response) {
  const reader = response.body.getReader();
  const stream = new ReadableStream({
    async pull(controller) {
      const piece = await reader.read().catch(() => ({ done: true }));
      if (!piece.done) {
        controller.enqueue(piece.value);
        return;
      }
      // What came last may still be on its way to the page.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (waiting && waiting.event) {
        for (const event of [nothingNew(waiting.event), { msg: "close_stream", event_id: null }]) {
          controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`));
        }
        showTrouble("offline");
      }
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(stream, { status: response.status, headers: response.headers });
}

const nothingNew = ({ id, outputs }) => ({
  msg: "process_completed",
  event_id: id,
  success: true,
  output: { data: Array(outputs).fill({ __type__: "update" }), is_generating: false, duration: 0, average_duration: 0 },
});

async function remember(response, options) {
  const { event_id } = await response.json();
  const { fn_index } = JSON.parse(options.body);
  const handler = window.gradio_config.dependencies.find(({ id }) => id === fn_index);
  if (waiting) waiting.event = { id: event_id, outputs: handler.outputs.length };
}

// ---- Sending -----------------------------------------------------------------------------------------------------

export function write(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true })); // Gradio listens for this
}

// Writes into the hidden field and presses a hidden button. `more` is remembered while waiting.
export function press(id, text, more = {}) {
  if (waiting) return;
  retrying = false;
  pressAgain(id, text, more);
}

function pressAgain(id, text, more) {
  const field = find("#tapped textarea");
  const again = () => pressAgain(id, text, more);
  if (waiting) return;
  if (!field) {
    setTimeout(again, 100); // Gradio is not there yet
    return;
  }
  beginWaiting({ ...more, again });
  write(field, text);
  setTimeout(() => document.getElementById(id).click(), 0);
}

export function ask(text) {
  goTo = "reply";
  press("tap", text, { tapped: text });
}

function beginTyped() {
  const text = box().value;
  // Tried again only as long as nobody changes it: half a thought must not be sent.
  beginWaiting({ again: () => box().value === text && find("#ask").click() });
}

// Back in the box for the next question; but the keyboard of a phone would lie over the reply.
const afterTyping = () => (window.matchMedia("(pointer: coarse)").matches ? "reply" : "box");

document.addEventListener(
  "keydown",
  (event) => {
    if (!page || event.target !== box() || event.key !== "Enter") return;
    if (event.isComposing || (waiting && !event.shiftKey)) {
      event.stopPropagation();
      event.preventDefault();
    } else if (!event.shiftKey) {
      goTo = afterTyping();
      retrying = false;
      beginTyped();
    }
  },
  true,
);

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest("#ask")) return;
    if (waiting) {
      event.stopPropagation();
      event.preventDefault();
      return;
    }
    if (event.isTrusted) {
      retrying = false;
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
