// Follows the changes of contacts and renews what this page shows of them. Every page works without it.
"use strict";

document.documentElement.classList.add("script");
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

// A contact does not leave a final stage, so a slip of the hand must not set one.
const isWanted = (option) => !option.dataset.final || option.defaultSelected ||
  confirm(`“${option.text}” is final: the stage cannot be changed afterwards. Set it?`);

// A menu is saved when an entry is chosen from its list, when it is left, and by Enter. The arrow keys only go through
// its entries, and Escape takes the present one back.
let held = null, keyed = null; // the menu in which a key is down; that in which keys have chosen another entry
const isMenu = (element) => element.matches("form[data-auto] select");
function save(menu) {
  keyed = null;
  isWanted(menu.selectedOptions[0]) ? menu.form.requestSubmit() : menu.form.reset();
}
document.addEventListener("keydown", (event) => {
  const menu = event.target;
  if (!isMenu(menu) || event.key === "Tab" || event.key === " ") return;
  if (event.key === "Enter" && keyed === menu) {
    event.preventDefault();
    save(menu);
  } else if (event.key === "Escape" && keyed === menu) {
    keyed = null;
    menu.form.reset();
  } else if (event.key !== "Enter") {
    held = menu;
  }
});
document.addEventListener("keyup", () => held = null);
document.addEventListener("change", (event) => {
  if (!isMenu(event.target)) return;
  held === event.target ? keyed = event.target : save(event.target);
});
document.addEventListener("focusout", (event) => {
  if (keyed && keyed === event.target) save(keyed);
});

const UNKNOWN = "There is no answer. Reload the page to see whether it was done.";

// Sends a form without leaving the page. Returns why it was refused, or the form that takes the change back, if any can.
async function send(action, fields) {
  try {
    const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    if (answer.type === "opaqueredirect") return {};
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return answer.ok ? { undo: page.querySelector("[data-undoes]") } : { problem: page.querySelector("main .problem, main p").textContent };
  } catch {
    return { problem: UNKNOWN };
  }
}

// Says what was done, with the form that takes it back, for ten seconds; or a problem, until the next change.
const OFFERED_FOR = 10000; // ms
function tell(sentence, undo) {
  const told = document.getElementById("told");
  told.replaceChildren();
  if (!sentence) return;
  const line = make("div", { className: undo ? "toast done" : "toast problem pre", role: undo ? "status" : "alert" });
  line.append(sentence, ...(undo ? [" ", undo] : []));
  told.append(line);
  if (undo) setTimeout(() => line.remove(), OFFERED_FOR);
}

document.addEventListener("submit", async (event) => {
  const undo = event.target, lead = undo.elements.lead?.value;
  if (!undo.matches("#told [data-undoes]")) return;
  event.preventDefault();
  tell((await send("/leads/undo", new FormData(undo))).problem);
  if (!lead) return;
  changed(lead);
  announce("undone", { lead });
}, true);

// Sends a form of a row, so that a long table stays where it is. The focus stays in the row.
async function changeRow(form, row, submitter) {
  const fields = new FormData(form, submitter);
  fields.set("confirmed", "yes"); // isWanted has asked
  fields.set("part", "undo");
  const name = row.querySelector("th a").title, label = (submitter?.name === "stage" ? submitter : form.elements.stage?.selectedOptions?.[0])?.textContent;
  tell("");
  const { problem, undo } = await send(form.getAttribute("action"), fields);  // it has a field `action`
  if (undo) tell(label ? `${name} is in ${label} now.` : `${name}: saved.`, undo);
  const fresh = problem ? undefined
    : await part("/leads/row", { lead: row.dataset.lead, back: table.dataset.back }).catch(() => undefined);
  if (fresh === null) return row.remove();
  if (fresh) {
    fresh.classList.add("changed");
    const had = row.contains(document.activeElement);
    row.replaceWith(fresh);
    if (had) (fresh.querySelector("select") || fresh.querySelector("th a")).focus();
    return;
  }
  if (form.matches("[data-auto]")) form.reset();
  if (form.elements.version) form.elements.version.value = ""; // it has been said that somebody else changed the lead
  const said = form.parentElement.querySelector(".problem") || make("p", { className: "problem", role: "alert" });
  said.textContent = problem || UNKNOWN;
  form.after(said);
}

// A form that is sent twice at once is a slip of the hand, and so may be a button that asks.
const BETWEEN_SENDS = 5000; // ms: there may be no answer
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  const question = event.submitter && event.submitter.dataset.asks;
  const row = form.closest("#leads tr[data-lead]");
  if (form.dataset.sent || (question && !confirm(question)) || row) event.preventDefault();
  if (form.dataset.sent || (question && event.defaultPrevented)) return;
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, BETWEEN_SENDS);
  if (row) changeRow(form, row, event.submitter).finally(() => delete form.dataset.sent);
});
// The browser may show a page again as it was left.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Shows only the fields that belong to the choice of the form.
function show(chooser) {
  for (const field of chooser.form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(chooser.value);
  }
}
for (const chooser of document.querySelectorAll("[data-chooses]")) {
  show(chooser);
  chooser.addEventListener("change", () => show(chooser));
}

const BETWEEN_COUNTS = 2000; // ms: each count is a scan
let table = document.getElementById("leads"); // list.js puts another one there

function parse(html) {
  // Outside a template, a parser drops rows that are in no table.
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
}

// Null: the contact is not there. Any other failure throws, and the page stays as it is.
async function part(path, parameters) {
  const answer = await fetch(path + "?" + new URLSearchParams(parameters), { redirect: "error" });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return parse(await answer.text());
}

const rowOf = (lead) => table && table.querySelector(`tr[data-lead="${CSS.escape(lead)}"]`);
const detailOf = (lead) => {
  const panel = document.getElementById("detail");
  return panel && panel.dataset.detail === lead ? panel : null;
};

// Whether a field there differs from what the page came with.
const isTyped = (element) => [...element.querySelectorAll("input, textarea")].some((field) =>
  field.type !== "hidden" && (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));

// Whether the user is typing there or has typed.
const isUsed = (element) => isTyped(element) ||
  (element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

async function renew(lead) {
  const row = rowOf(lead);
  if (row && !isUsed(row)) {
    const fresh = await part("/leads/row", { lead, back: table.dataset.back });
    if (fresh) {
      fresh.classList.add("changed");
      row.replaceWith(fresh);
    } else {
      row.remove();
    }
  }
  if (detailOf(lead)) await renewPanel(lead); // panel.js
}

// Whether all that this page shows of the contact has this version.
const isShown = (lead, version) => Boolean(version) &&
  [rowOf(lead), detailOf(lead)].every((shown) => !shown || shown.dataset.version === version);

// Renews a contact once at a time. Changes meanwhile renew it once more, unless all of them are updates to the version
// that is shown by then.
const running = new Map(); // the versions of changes that wait, by contact; undefined: of a change that names none
async function changed(lead, version) {
  if (!rowOf(lead) && !detailOf(lead)) return;
  if (running.has(lead)) return running.get(lead).push(version);
  let waiting = [version];
  while (waiting.some((each) => !isShown(lead, each))) {
    running.set(lead, waiting = []);
    try { await renew(lead); } catch { /* the next change tries again */ }
  }
  running.delete(lead);
}

let counting = false;
function count() {
  if (counting || !document.querySelector("[data-count]")) return;
  counting = true;
  setTimeout(async () => {
    counting = false;
    try {
      const fresh = await part("/leads/counts", {});
      for (const number of fresh ? fresh.querySelectorAll("[data-count]") : []) {
        const shown = document.querySelector(`main [data-count="${CSS.escape(number.dataset.count)}"]`);
        if (shown) shown.textContent = number.textContent;
      }
    } catch { /* the next change tries again */ }
  }, BETWEEN_COUNTS);
}

// Says how many leads the search of this page finds by now that the page does not show. A lead is new if it is among the
// rows of this page, or if the search finds more leads than before.
const BETWEEN_SEARCHES = 2000; // ms, and ten times as long as a search takes
let before = Number(document.getElementById("found")?.dataset.found);
let searching = false, searchAgain = false;

function showNews(found) {
  const ids = [...found.querySelectorAll("[data-here]")].map((one) => one.dataset.here);
  // A row that the search finds no more makes room for one of the next page, which is not new.
  const gone = table ? [...table.querySelectorAll("tr[data-lead]")].filter((row) => !ids.includes(row.dataset.lead)).length : 0;
  const here = ids.filter((id) => !rowOf(id)).length - gone;
  const more = found.dataset.estimate ? 0 : Number(found.dataset.found) - before;
  const number = Math.max(here, more);
  document.getElementById("found").replaceWith(found);
  let news = document.getElementById("news");
  if (number <= 0) return news && news.remove();
  if (!news) {
    // A live region is read out only if it was there before its text.
    news = make("p", { id: "news", role: "status" });
    found.after(news);
  }
  const href = "/leads?" + (here >= more ? found.dataset.same : found.dataset.newest);
  const link = make("a", { href, textContent: number === 1 ? "show it" : "show them" });
  const text = `${here < more ? found.dataset.more : here} new ${number === 1 ? "lead" : "leads"} – `;
  if (news.textContent !== text + link.textContent || news.querySelector("a").href !== link.href) news.replaceChildren(text, link);
}

async function search() {
  if (searching || !document.getElementById("found")) return;
  if (document.hidden) return void (searchAgain = true);
  searching = true;
  await new Promise((done) => setTimeout(done, BETWEEN_SEARCHES));
  const begun = performance.now();
  searchAgain = false;
  try {
    const found = await part("/leads/found", location.search.slice(1) + "&before=" + before);
    if (found) showNews(found);
  } catch { /* the next change tries again */ }
  await new Promise((done) => setTimeout(done, 10 * (performance.now() - begun)));
  searching = false;
  if (searchAgain) search();
}

// A change during a search may come too late for it.
function searchSoon() {
  searchAgain = true;
  search();
}

function remove(lead) {
  for (const shown of [rowOf(lead), detailOf(lead)]) if (shown) shown.remove();
}

// Tells the script of a single page.
const announce = (name, detail) => document.dispatchEvent(new CustomEvent(`leadpulse:${name}`, { detail }));

// Changes may have been missed. A page that nobody sees is renewed when it is seen.
let renewLater = false;
function renewAll() {
  if (renewLater = document.hidden) return;
  announce("missed");
  for (const row of table ? table.querySelectorAll("tr[data-lead]") : []) changed(row.dataset.lead);
  const panel = document.getElementById("detail");
  if (panel) changed(panel.dataset.detail);
  count();
  searchSoon();
}

// ---- The stream of stream.js ----

const streamScript = document.currentScript.src.replace("live.js", "stream.js");
function connect() {
  if (globalThis.SharedWorker) return new SharedWorker(streamScript).port;
  const { port1, port2 } = new MessageChannel();
  const onload = () => dispatchEvent(new MessageEvent("connect", { ports: [port1] }));
  document.head.append(make("script", { src: streamScript, onload }));
  return port2;
}

const GONE = ["LEAD_ERASED", "LEAD_GONE"];
function follow() {
  const port = connect();
  let missed = false; // changes
  port.onmessage = ({ data: [kind, data] }) => {
    if (kind === "lost") return missed = true;
    if (kind === "open" || kind === "joined") document.documentElement.dataset.live = "yes";
    if (!data || kind === "reset") {
      if (missed || kind === "reset") renewAll();
      return missed = false;
    }
    const { lead_id: lead, version } = JSON.parse(data);
    GONE.includes(kind) ? remove(lead) : changed(lead, version);
    announce(GONE.includes(kind) ? "gone" : "changed", { lead, kind });
    if (kind === "CONTACT_TOUCHED" && !version) return; // by an event
    if (kind !== "CONTACT_TOUCHED") count();
    searchSoon();
  };
  const show = () => port.postMessage(!document.hidden);
  document.addEventListener("visibilitychange", show);
  addEventListener("pageshow", show);
  addEventListener("pagehide", () => {
    missed = true;
    port.postMessage(null);
  });
  show();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  if (renewLater) renewAll();
  if (searchAgain) search();
});

if (document.querySelector("#found, #detail, [data-follows]")) follow();
