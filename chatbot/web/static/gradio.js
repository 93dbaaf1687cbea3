// All that leans on Gradio's inside: its requests are watched, and its stream of events is mended when a line breaks.

import { hasLeft, inFlight } from "./ask.js";
import { find } from "./dom.js";
import { nameOf, showTrouble } from "./errors.js";

export function loadGradio() {
  const [style, script] = [document.createElement("link"), document.createElement("script")];
  Object.assign(style, { rel: "stylesheet", href: find("meta[name=gradio-style]").content });
  Object.assign(script, { type: "module", crossOrigin: "", src: find("meta[name=gradio-module]").content });
  document.head.prepend(style);
  document.head.append(script);
}

export function watchRequests() {
  const send = window.fetch.bind(window);
  window.fetch = async (...request) => {
    const [resource, options] = unnamed(...request);
    const path = new URL(resource instanceof Request ? resource.url : resource, window.location.href).pathname;
    const asks = path.endsWith("/queue/join");
    // After a lost line Gradio asks this, and loads the page anew on any answer: what was typed and shown would be
    // gone, and an exit on its way would be called off.
    if (path.endsWith("/gradio_api/app_id")) return new Response("", { status: 503 });
    if (asks) hasLeft();
    try {
      const response = await send(resource, options);
      if (asks && !response.ok) showTrouble(nameOf(response.status));
      if (asks && response.ok) remember(response.clone(), options);
      return path.endsWith("/queue/data") && response.ok ? mended(response) : response;
    } catch (error) {
      if (asks || (inFlight() && path.endsWith("/queue/data"))) showTrouble("offline");
      // Told of a broken line, Gradio would take no further question until the page is loaded anew.
      if (asks) return new Response("{}", { status: 503 });
      throw error;
    }
  };
}

// The name of the conversation in a header, where Gradio puts it into the address: addresses stand in the logs of proxies,
// and who knows the name could read on.
function unnamed(resource, options) {
  const whole = resource instanceof Request;
  const address = new URL(whole ? resource.url : resource, window.location.href);
  const beat = address.pathname.match(/^(.*\/gradio_api\/heartbeat\/)(\w+)$/);
  const name = beat ? beat[2] : address.pathname.endsWith("/queue/data") && address.searchParams.get("session_hash");
  if (!name) return [resource, options];
  if (beat) address.pathname = `${beat[1]}own`;
  else address.searchParams.delete("session_hash");
  const headers = new Headers(whole ? resource.headers : options && options.headers);
  headers.set("x-session", name);
  return [whole ? new Request(address.href, resource) : address.href, { ...options, headers }];
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
      const asked = inFlight();
      if (asked && asked.event) {
        for (const event of [nothingNew(asked.event), { msg: "close_stream", event_id: null }]) {
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
  const asked = inFlight();
  if (asked) asked.event = { id: event_id, outputs: handler.outputs.length };
}
