// The page's behaviour. Every word it shows stands in the page already: in data attributes and templates of shell.py.
// Nothing is stored, and nothing is fetched but what Gradio asks of this server.
"use strict";

(() => {
  const root = document.documentElement;
  const words = document.querySelector("[data-looking]").dataset;
  const page = document.getElementById("page");
  const article = document.getElementById("article");
  const alarm = document.getElementById("alarm");
  const trouble = document.getElementById("trouble");
  const said = document.getElementById("said");
  const narrow = window.matchMedia("(max-width: 63.99rem)");
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const box = () => find("#box textarea");

  root.classList.add("js");

  // ---- Leaving -------------------------------------------------------------------------------------------------

  let shifts = 0;
  let shiftAlone = false;
  let shiftTimer;

  function wipe() {
    // Nothing is written here; this clears what an extension or an older version may have left.
    for (const store of [() => localStorage, () => sessionStorage]) {
      try {
        store().clear();
      } catch {
        // Storage can be forbidden; then there is nothing to clear.
      }
    }
  }

  function leave() {
    const address = find("#exit").href;
    root.classList.add("left");
    alarm.textContent = words.exitDone;
    wipe();
    try {
      window.top.location.replace(address);
    } catch {
      window.location.replace("about:blank"); // a sandboxed frame may not lead its parent away: be blank at least
    }
    if (window.top !== window) setTimeout(() => window.location.replace("about:blank"), 1500);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest(".exit, .exit-first")) {
      event.preventDefault();
      leave();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") shiftAlone = false;
    else if (!event.repeat) shiftAlone = true;
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !shiftAlone) {
      if (event.key !== "Shift") shifts = 0;
      return;
    }
    shifts += 1;
    clearTimeout(shiftTimer);
    shiftTimer = setTimeout(() => (shifts = 0), 5000);
    if (shifts === 3) leave();
    else say(shifts === 2 ? words.exitOneMore : words.exitTwoMore);
  });
  // A page taken out of the browser's memory could show what was left: start anew instead.
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

  // ---- Saying what happens -------------------------------------------------------------------------------------

  let saidTimer;
  function say(text, { stay = false } = {}) {
    clearTimeout(saidTimer);
    said.textContent = text;
    if (!stay && text) saidTimer = setTimeout(() => (said.textContent = ""), 5000);
  }

  let waiting = null; // what was asked and is not answered yet
  let slowTimer;
  let lostTimer;

  function beginWaiting(asked) {
    waiting = asked;
    trouble.replaceChildren();
    clearTimeout(slowTimer);
    clearTimeout(lostTimer);
    slowTimer = setTimeout(() => say(words.looking, { stay: true }), 300);
    lostTimer = setTimeout(() => showTrouble("offline"), 60000);
    if (box()) box().readOnly = true; // what is typed now would vanish when the answer empties the box
  }

  function endWaiting() {
    clearTimeout(slowTimer);
    clearTimeout(lostTimer);
    if (said.textContent === words.looking) say("");
    if (box()) box().readOnly = false;
    waiting = null;
  }

  function showTrouble(name) {
    const asked = waiting;
    endWaiting();
    if (name === "starting") {
      waitUntilReady(() => asked && !waiting && asked.again());
      return;
    }
    const template = document.getElementById(`trouble-${name}`) || document.getElementById("trouble-failed");
    trouble.replaceChildren(template.content.cloneNode(true));
    if (name === "busy" && asked) setTimeout(() => !waiting && asked.again(), 5000);
    else if (asked && asked.tapped && !box().value) write(box(), asked.tapped); // so that it can be sent again
  }

  if (page) {
    const send = window.fetch.bind(window);
    window.fetch = async (resource, options) => {
      const path = new URL(resource instanceof Request ? resource.url : resource, window.location.href).pathname;
      const asks = path.endsWith("/queue/join");
      // After a lost line Gradio asks this, and loads the page anew on any answer: what was typed and shown would be
      // gone, and an exit on its way would be called off.
      if (path.endsWith("/gradio_api/app_id")) return new Response("", { status: 503 });
      try {
        const response = await send(resource, options);
        const names = { 429: "rate", 503: "busy", 413: "too_big" };
        if (asks && !response.ok) showTrouble(names[response.status] || "failed");
        return response;
      } catch (error) {
        if (asks || (waiting && path.endsWith("/queue/data"))) showTrouble("offline");
        // Told of a broken line, Gradio would take no further question until the page is loaded anew.
        if (asks) return new Response("{}", { status: 503 });
        throw error;
      }
    };
  }

  // ---- Asking --------------------------------------------------------------------------------------------------

  function write(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true })); // Gradio listens for this
  }

  function press(id, text, { tapped = "" } = {}) {
    const field = find("#tapped textarea");
    if (waiting) return;
    if (!field) {
      setTimeout(() => press(id, text, { tapped }), 100); // Gradio is not there yet
      return;
    }
    beginWaiting({ tapped, again: () => press(id, text, { tapped }) });
    write(field, text);
    setTimeout(() => document.getElementById(id).click(), 0);
  }

  function ask(text) {
    goTo = "reply";
    press("tap", text, { tapped: text });
  }

  const typed = { tapped: "", again: () => find("#ask").click() };
  let goTo = "box"; // where the focus belongs after the answer

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.target !== box() || event.key !== "Enter") return;
      if (event.isComposing || (waiting && !event.shiftKey)) {
        event.stopPropagation();
        event.preventDefault();
      } else if (!event.shiftKey) {
        goTo = "box";
        beginWaiting(typed);
      }
    },
    true,
  );

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("#ask, #clear");
      if (!button) return;
      if (waiting && button.id === "ask") {
        event.stopPropagation();
        event.preventDefault();
      } else if (button.id === "ask") {
        goTo = window.matchMedia("(pointer: coarse)").matches ? "reply" : "box"; // no keyboard over the reply
        beginWaiting(typed);
      } else {
        wipe();
        closeArticle();
        cleared = true;
        trouble.replaceChildren();
        alarm.textContent = "";
        goTo = "box";
      }
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches(".next, .starter")) {
      event.preventDefault();
      ask(target.textContent);
    } else if (target.matches(".anyway")) {
      goTo = "reply";
      press("anyway", target.id.replace("anyway-", ""));
    } else if (target.matches(".copy")) {
      copy(target.closest("figure"));
    } else if (target.id === "print") {
      window.print();
    } else if (target.id === "close-article") {
      closeArticle();
    } else if (target.id === "skip" && box()) {
      event.preventDefault();
      box().focus();
    } else if (page && opensArticle(target)) {
      event.preventDefault();
      openArticle(target);
    }
  });

  // ---- Copying and printing ------------------------------------------------------------------------------------

  async function copy(figure) {
    const text = `“${textOf(find("blockquote", figure))}”\n${find(".source", figure).textContent}\n`;
    try {
      await navigator.clipboard.writeText(text);
      say(words.copied);
    } catch {
      say(words.copyFailed); // no permission, or no secure connection
    }
  }

  function textOf(element) {
    const plain = element.cloneNode(true);
    findAll("br", plain).forEach((line) => line.replaceWith("\n"));
    return plain.textContent;
  }

  window.addEventListener("beforeprint", () => findAll("details").forEach((details) => (details.open = true)));

  // ---- The article ---------------------------------------------------------------------------------------------

  let opener = null;

  function opensArticle(link) {
    if (link.tagName !== "A") return false;
    return Boolean(place(link)) || (article.contains(link) && link.hash.startsWith("#article-"));
  }

  function place(link) {
    const address = new URL(link.href, window.location.href);
    const shown = find(`[data-address="${CSS.escape(address.pathname)}"]`, article);
    if (!shown || address.origin !== window.location.origin) return null;
    const [start, end] = (address.searchParams.get("quote") || "-").split("-").map(Number);
    return { shown, start, end, section: address.hash.slice(1) };
  }

  function unitsOf({ shown, start, end }) {
    return findAll(".unit", shown).filter((unit) => {
      const [, from, to] = unit.id.match(/at-(\d+)-(\d+)$/);
      return Number(from) >= start && Number(to) <= end;
    });
  }

  function openArticle(link) {
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
    setSheet(true);
    target = target || article;
    target.tabIndex = -1;
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  }

  function setSheet(open) {
    const sheet = open && narrow.matches;
    root.classList.toggle("article-open", sheet);
    find("#talk").inert = sheet;
    if (sheet) {
      article.setAttribute("role", "dialog");
      article.setAttribute("aria-modal", "true");
    } else {
      article.setAttribute("role", "complementary");
      article.removeAttribute("aria-modal");
    }
  }

  function closeArticle() {
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

  function numberQuotes() {
    findAll(".quote-number", article).forEach((mark) => mark.remove());
    findAll(".quoted", article).forEach((unit) => unit.classList.remove("quoted"));
    for (const link of findAll("#log a.citation")) {
      const where = place(link);
      const units = where ? unitsOf(where) : [];
      units.forEach((unit) => unit.classList.add("quoted"));
      if (!units.length) continue;
      const mark = document.createElement("span");
      mark.className = "quote-number";
      mark.textContent = `${words.quoteNumber} ${find(".number", link).textContent}`;
      mark.lang = root.lang;
      units[0].before(mark, " ");
    }
  }

  // ---- The log -------------------------------------------------------------------------------------------------

  let newest = ""; // id of the last exchange shown
  let kept = []; // copies of what the log shows
  let troubleShown = "";

  // A server that lost the line has dropped the conversation, and its next log begins anew: the earlier part stays.
  function keepEarlier(log, shown) {
    const earlier = find(".earlier", log) || document.createElement("div");
    if (!shown.length) {
      earlier.remove();
    } else if (newest && !shown.some((element) => element.id === newest)) {
      earlier.className = "earlier";
      earlier.append(...kept);
      findAll("[id]", earlier).forEach((element) => element.removeAttribute("id"));
      findAll(".anyway, .onward", earlier).forEach((element) => element.remove());
      log.prepend(earlier);
    }
    kept = shown.map((element) => element.cloneNode(true));
  }

  function mendLog() {
    const log = find("#log");
    if (!log) return;
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
    const asked = findAll(".message-wrap .asked", log);
    const replies = findAll(".message-wrap .reply", log);
    const last = asked.length ? asked[asked.length - 1] : null;
    // The question is drawn before its reply: wait for both.
    if ((last ? last.id : "") !== newest && asked.length === replies.length) {
      keepEarlier(log, findAll(".message-wrap .asked, .message-wrap .reply", log));
      newest = last ? last.id : "";
      root.classList.toggle("talking", Boolean(last));
      endWaiting();
      numberQuotes();
      if (last) showReply(last, replies[replies.length - 1]);
      else emptied();
    }
    const told = find("#trouble-name [data-testid=markdown]");
    const name = told ? told.textContent.trim() : "";
    if (name && name !== troubleShown) {
      troubleShown = name;
      if (waiting) showTrouble(name.split(":")[0]);
    }
  }

  function showReply(asked, reply) {
    const card = find(".notice.crisis", reply);
    alarm.textContent = card ? card.innerText : "";
    requestAnimationFrame(() => asked.scrollIntoView({ block: "start" }));
    if (goTo === "box" && box()) box().focus({ preventScroll: true });
    else {
      const heading = find("h2", asked);
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }

  function emptied() {
    say(words.cleared);
    if (box()) box().focus({ preventScroll: true });
  }

  let planned = false;
  function plan() {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      mendLog();
    });
  }

  function keepLanguage() {
    if (root.lang !== words.lang) root.lang = words.lang; // Gradio sets the browser's language
  }

  async function waitUntilReady(then = () => {}) {
    try {
      const answer = await fetch("/ready", { cache: "no-store" });
      if ((await answer.json()).ready) {
        if (said.textContent === words.gettingReady) say("");
        then();
        return;
      }
    } catch {
      // No answer is no readiness either.
    }
    if (!waiting) say(words.gettingReady, { stay: true });
    setTimeout(() => waitUntilReady(then), 1000);
  }

  if (page) {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = find("meta[name=gradio-style]").content;
    document.head.prepend(style);
    new MutationObserver(plan).observe(find("#chat"), { childList: true, subtree: true, characterData: true });
    new MutationObserver(keepLanguage).observe(root, { attributes: true, attributeFilter: ["lang"] });
    keepLanguage();
    waitUntilReady();
  }
})();
