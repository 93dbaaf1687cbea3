// What was asked so far, as a list to jump by, once a conversation is long.

import { find, findAll } from "./dom.js";

const LONG = 4; // questions that need a list

const asked = () => findAll("#chat .asked");

export function listAsked() {
  const [list, questions] = [find("#asked-list"), asked()];
  list.hidden = questions.length < LONG;
  find("ol", list).replaceChildren(
    ...questions.map((question) => {
      const [item, link] = [document.createElement("li"), document.createElement("a")];
      link.href = "#chat";
      link.textContent = find("p", question).textContent;
      item.append(link);
      return item;
    }),
  );
}

export function goToAsked(link) {
  const question = asked()[findAll("#asked-list a").indexOf(link)];
  if (!question) return;
  const reply = findAll("#chat .reply")[asked().indexOf(question)];
  const folded = reply && find(".folded", reply);
  if (folded) folded.open = true;
  const heading = find("h2", question);
  heading.tabIndex = -1;
  question.scrollIntoView({ block: "start" });
  heading.focus({ preventScroll: true });
}
