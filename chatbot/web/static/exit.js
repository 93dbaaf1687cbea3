// The way out, alone in its file and needing nothing else: it works before the rest of the page has arrived, when the
// rest fails, and in a frame that denies it everything but scripts.
"use strict";

(() => {
  const root = document.documentElement;
  const words = () => document.querySelector("[data-exit-done]").dataset;
  const said = document.getElementById("said");

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
    if (window.speechSynthesis) window.speechSynthesis.cancel();
    const address = document.getElementById("exit").href;
    root.classList.add("left");
    document.getElementById("alarm").textContent = words().exitDone;
    wipe();
    const { steps } = window.history.state || {};
    if (steps) {
      // Over the steps of steps.js, so that Back from there does not lead here.
      window.addEventListener("popstate", () => lead(address), { once: true });
      window.history.go(-steps);
      setTimeout(() => lead(address), 300);
    } else {
      lead(address);
    }
  }

  function lead(address) {
    try {
      window.top.location.replace(address);
    } catch {
      window.location.replace("about:blank"); // a sandboxed frame may not lead its parent away: be blank at least
    }
    // Some browsers refuse without a word.
    if (window.top !== window) setTimeout(() => window.location.replace("about:blank"), 1500);
  }

  function announce(text) {
    said.textContent = text;
    setTimeout(() => said.textContent === text && (said.textContent = ""), 5000);
  }

  // Before all other listeners: none of them may keep somebody here.
  window.addEventListener(
    "click",
    (event) => {
      if (event.target.closest(".exit, .exit-first")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        leave();
      } else if (event.target.closest("#clear")) {
        wipe();
      }
    },
    true,
  );
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") shiftAlone = false;
    else if (!event.repeat) shiftAlone = true;
  });
  window.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !shiftAlone) {
      if (event.key !== "Shift") shifts = 0;
      return;
    }
    shifts += 1;
    clearTimeout(shiftTimer);
    shiftTimer = setTimeout(() => (shifts = 0), 5000);
    if (shifts === 3) leave();
    else announce(shifts === 2 ? words().exitOneMore : words().exitTwoMore);
  });
  // A page taken out of the browser's memory could show what was left: start anew instead.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    root.classList.add("left");
    window.location.reload();
  });
})();
