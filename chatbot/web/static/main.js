// The page's behaviour. Nothing is stored, and nothing is fetched but what this server has.

import { ask, focusNext, press } from "./ask.js";
import { countMiss, followLog, takeBack } from "./conversation.js";
import { closeArticle, openArticle, opensArticle } from "./article.js";
import { goToAsked } from "./jump.js";
import { answerForm } from "./early.js";
import { box, find, findAll, page, root, say, watchBar, words } from "./dom.js";
import { waitUntilReady } from "./errors.js";
import { loadGradio, watchRequests } from "./gradio.js";
import { switches, switchTo } from "./language.js";
import { canSpeak, listen } from "./listen.js";
import { watchSteps } from "./steps.js";

root.classList.add("js");
root.classList.toggle("speaks", canSpeak);
watchBar();

document.addEventListener("click", (event) => {
  const target = event.target.closest("button, a");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (page && target.matches(".next, .starter")) {
    event.preventDefault();
    ask(target.textContent);
  } else if (page && target.matches(".anyway")) {
    event.preventDefault();
    focusNext("reply");
    press("anyway", target.id.replace("anyway-", ""));
  } else if (page && target.matches(".edit")) {
    event.preventDefault();
    takeBack(target);
  } else if (page && target.matches(".missed")) {
    countMiss(target);
  } else if (target.matches(".listen")) {
    listen(target);
  } else if (target.closest("#asked-list")) {
    event.preventDefault();
    goToAsked(target);
  } else if (target.matches(".copy")) {
    copy(target.closest("figure"));
  } else if (target.id === "print") {
    window.print();
  } else if (target.id === "close-article") {
    closeArticle();
  } else if (target.id === "skip" && box()) {
    event.preventDefault();
    box().focus();
  } else if (switches(target)) {
    event.preventDefault();
    switchTo(target);
  } else if (page && opensArticle(target)) {
    event.preventDefault();
    openArticle(target);
  }
});

// ---- Copying and printing ----------------------------------------------------------------------------------------

async function copy(figure) {
  const sources = findAll(".source, .origin", figure).map((source) => source.textContent);
  const text = `“${textOf(find("blockquote", figure))}”\n${sources.join("\n")}\n`;
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

// ---- Beginning ---------------------------------------------------------------------------------------------------

function keepLanguage() {
  if (root.lang !== words.lang) root.lang = words.lang; // Gradio sets the browser's language
}

if (page) {
  watchRequests();
  watchSteps();
  followLog();
  answerForm().then(loadGradio); // its many files would hold up what was asked already
  new MutationObserver(keepLanguage).observe(root, { attributes: true, attributeFilter: ["lang"] });
  keepLanguage();
  waitUntilReady();
}
