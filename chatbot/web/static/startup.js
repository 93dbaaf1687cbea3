// The page of the first seconds: opens the whole one as soon as it is there.

async function openWhenThere() {
  try {
    const answer = await fetch(new URL("../ready", import.meta.url), { cache: "no-store" });
    if ((await answer.json()).page) {
      window.location.reload();
      return;
    }
  } catch {
    // No answer yet: ask again.
  }
  setTimeout(openWhenThere, 500);
}

openWhenThere();
