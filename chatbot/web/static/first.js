// Stands in the page itself: keeps what is tapped or sent before the page's script has arrived, and says so at once.
"use strict";

(() => {
  const form = document.getElementById("first");
  const words = () => document.querySelector("[data-getting-ready]").dataset;
  form.kept = null; // the button that was tapped last

  document.addEventListener("submit", (event) => {
    if (event.target !== form || form.answers) return; // from then on the page's script answers
    event.preventDefault();
    if (!form.kept) setTimeout(goWithoutScript, 8000);
    form.kept = event.submitter || form.querySelector(".ask");
    document.getElementById("said").textContent = words().looking;
  });

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  // A script that has not come by now may never come: the server answers with a page that needs none.
  function goWithoutScript() {
    if (form.answers) return;
    const { name, value } = form.kept;
    if (name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    form.submit();
  }
})();
