// Reads a reply aloud with the device's own voice. A voice of another host would be sent the words, so none is used.

import { find, findAll, say, words } from "./dom.js";

const speech = window.speechSynthesis;
export const canSpeak = Boolean(speech && window.SpeechSynthesisUtterance);

let reading = null; // the button that reads, and its own words

export function listen(button) {
  const again = reading && reading.button === button;
  hush();
  if (again) return;
  const utterances = partsOf(button.closest(".reply")).map(utterance).filter(Boolean);
  if (!utterances.length) {
    say(words.noVoice);
    return;
  }
  reading = { button, label: button.textContent };
  button.textContent = words.stopListening;
  utterances[utterances.length - 1].addEventListener("end", hush);
  utterances.forEach((one) => speech.speak(one));
}

export function hush() {
  if (!reading) return;
  speech.cancel();
  if (reading.button.isConnected) reading.button.textContent = reading.label;
  reading = null;
}

// The steps of an emergency, or each quote with its source, in order.
function partsOf(reply) {
  const card = find(".notice.crisis", reply);
  return card ? findAll("h3, .steps li", card) : findAll("blockquote, .citation .source, .citation + .origin", reply);
}

function utterance(part) {
  const language = part.closest("[lang]").lang;
  const voice = speech.getVoices().find((one) => one.localService && one.lang.slice(0, 2).toLowerCase() === language);
  if (!voice) return null;
  const said = new SpeechSynthesisUtterance(part.textContent);
  return Object.assign(said, { voice, lang: voice.lang });
}

window.addEventListener("pagehide", () => canSpeak && speech.cancel());
