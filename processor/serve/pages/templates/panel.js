// The panel of one contact: opened beside the list, saved field by field, and renewed part by part. Every form and link
// works without it. live.js has the stream.
"use strict";

const split = document.querySelector(".split");
const panelNow = () => document.getElementById("detail");
const isEditable = (element) => element.matches("input:not([readonly]), select, option, textarea");

// ---- Parts: each element with `data-part` is renewed by itself, unless the user is at it ----

const partOf = (element) => element.closest("[data-part]");
// The parts in an element that are in no other part of it.
const partsOf = (element) => [...element.querySelectorAll("[data-part]")]
  .filter((part) => partOf(part.parentElement) === partOf(element));

const chosenAtFirst = (select) => Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
const isEdited = (control) => control.matches("select") ? control.selectedIndex !== chosenAtFirst(control)
  : control.type === "checkbox" ? control.checked !== control.defaultChecked
  : !["hidden", "radio"].includes(control.type) && control.value !== control.defaultValue;
// Whether somebody is typing or has typed there. `sent`: values that were sent, by their controls.
const isBusy = (part, sent) => [...part.querySelectorAll("input, select, textarea")].some((control) =>
  (!sent || sent.get(control) !== control.value) && (isEdited(control) || (control === document.activeElement && isEditable(control))));

// Finds what had the focus in `old` among what replaces it.
function focusAgain(focused, fresh) {
  const same = [...fresh.querySelectorAll(focused.tagName)].filter((other) => ["name", "aria-label", "href"].every(
    (name) => other.getAttribute(name) === focused.getAttribute(name)) && (focused.name || other.textContent === focused.textContent));
  const next = same[0] || fresh.querySelector("summary, textarea, select, button");
  (next || panelNow().querySelector("h2")).focus({ preventScroll: true });
}

// A part has no tags to choose from: the page has those of its list. A tag that the contact has is no choice.
function fillTags(element) {
  const select = element.querySelector("[data-tags]");
  if (!select) return;
  const tags = [...document.querySelectorAll("#tags option")].map((option) => option.value);
  const present = [...element.querySelectorAll('[data-part="tags"] [name="remove"]')].map((input) => input.value);
  select.replaceChildren(select.options[0], ...tags.filter((tag) => !present.includes(tag)).map((tag) => new Option(tag, tag)));
}

// Whether both show the same. Each form that is rendered has a key of its own.
const isSame = (old, fresh) => {
  const [one, other] = [old, fresh].map((part) => part.cloneNode(true));
  for (const key of [...one.querySelectorAll('[name="key"]'), ...other.querySelectorAll('[name="key"]')]) key.setAttribute("value", "");
  for (const details of [one, ...one.querySelectorAll("details")]) details.removeAttribute("open");
  return one.isEqualNode(other);
};
function renewKeys(old, fresh) {
  const keys = fresh.querySelectorAll('[name="key"]');
  old.querySelectorAll('[name="key"]').forEach((key, index) => key.setAttribute("value", keys[index].value));
}

function replace(old, fresh, sent) {
  const typed = [...old.querySelectorAll("input, select, textarea")].some(isEdited);
  if (!typed && isSame(old, fresh)) return renewKeys(old, fresh);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const open = [...old.querySelectorAll("details"), old].filter((one) => one.open);
  for (const one of [...fresh.querySelectorAll("details"), fresh]) {
    const isSent = sent && [...sent.keys()].some((control) => old.contains(control));
    if (!isSent && one.matches("details") && open.some((other) => other.querySelector("summary").textContent === one.querySelector("summary").textContent &&
        other.dataset.part === one.dataset.part)) one.open = true;
  }
  old.replaceWith(fresh);
  if (focused) focusAgain(focused, fresh);
}

function mergeParts(old, fresh, sent) {
  const former = new Map(partsOf(old).map((part) => [part.dataset.part, part]));
  let last = null;
  for (const part of partsOf(fresh)) {
    const shown = former.get(part.dataset.part);
    former.delete(part.dataset.part);
    if (!shown) {
      last && last.after(part);
    } else if (isBusy(shown, sent)) {
      shown.dataset.seen ||= panelNow().dataset.version; // so that a save of it does not overwrite what the user has not seen
      mergeParts(shown, part, sent);
    } else {
      replace(shown, part, sent);
    }
    last = shown && shown.isConnected ? shown : part;
  }
  for (const gone of former.values()) if (!isBusy(gone, sent)) gone.remove();
}

// Shows a fresh panel of the same contact.
function merge(fresh, sent) {
  const panel = panelNow();
  if (!panel || panel.dataset.detail !== fresh.dataset.detail) return;
  fillTags(fresh);
  mergeParts(panel, fresh, sent);
  panel.dataset.version = fresh.dataset.version;
}

// ---- What is said: beside a field, and to screen readers ----

const SAID_FOR = 10000; // ms

function say(sentence, undo) {
  const said = document.getElementById("lead-said");
  if (!said) return;
  said.replaceChildren();
  if (!sentence) return;
  const line = make("p", { className: "said" });
  line.append(sentence, ...(undo ? [" ", undoButton(undo)] : []));
  said.append(line);
  setTimeout(() => line.remove(), SAID_FOR);
}

function undoButton(undo) {
  const button = make("button", { type: "button", className: "plain", textContent: "Undo" });
  button.addEventListener("click", () => { button.disabled = true; undo(); });
  return button;
}

// Says beside the field that it is saved.
function saySaved(row, label, undo) {
  const said = make("span", { className: "saved" });
  said.append("Saved", ...(undo ? [" ", undoButton(undo)] : []));
  row.append(said);
  setTimeout(() => said.remove(), SAID_FOR);
  document.getElementById("lead-said").replaceChildren(make("span", { className: "hidden", textContent: `${label}: saved` }));
}

let errors = 0;
function sayError(place, sentence) {
  clearError(place);
  const line = make("p", { className: "error", id: `said-error-${++errors}`, role: "alert", textContent: sentence });
  place.append(line);
  place.classList.add("wrong");
  if (place.matches(".menu-card form")) place.closest(".menu").open = true;
  const control = [...place.querySelectorAll("input, select, textarea")].find((one) => one.type !== "hidden");
  if (!control) return;
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", line.id);
}

function clearError(place) {
  place.classList.remove("wrong");
  for (const line of place.querySelectorAll(".error")) line.remove();
  for (const control of place.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

// ---- Forms ----

let turn = Promise.resolve();
// Sends fields, one form after the other. Returns the fresh panel, or why it was refused.
function post(action, fields) {
  const sendNow = async () => {
    try {
      const body = new URLSearchParams(fields());
      body.set("part", "yes");
      const answer = await fetch(action, { method: "POST", body, redirect: "error" });
      const text = await answer.text();
      const fresh = parse(text);
      if (fresh && fresh.id === "detail") return { fresh, problem: answer.ok ? "" : problemIn(fresh) };
      return { problem: new DOMParser().parseFromString(text, "text/html").querySelector("main .problem, main p")?.textContent || text || UNKNOWN };
    } catch {
      return { problem: UNKNOWN };
    }
  };
  return turn = turn.then(sendNow, sendNow);
}
const problemIn = (fresh) => [...fresh.querySelectorAll(".error, .problem")].map((one) => one.textContent.trim()).join(" ") || UNKNOWN;
const LATE = "Saved. It will be shown once it has been applied.";

// Sends a form. `place`: where a refusal is said; `sent`: the controls whose values it sends.
async function sendFields(action, fields, place, controls) {
  const panel = panelNow(), lead = panel.dataset.detail;
  const sent = new Map(controls.map((control) => [control, control.value]));
  place.classList.add("sending");
  const { fresh, problem } = await post(action, fields);
  place.classList.remove("sending");
  if (problem) {
    if (fresh) keepAndRenew(fresh, place);
    sayError(place, problem);
    return null;
  }
  clearError(place);
  if (panelNow()?.dataset.detail !== lead) return fresh;
  if (fresh.dataset.late) {
    say(LATE);
  } else {
    merge(fresh, sent);
  }
  return fresh;
}

// After a refusal: what was typed stays, and a value that somebody else has set meanwhile is known from now on.
function keepAndRenew(fresh, place) {
  for (const line of fresh.querySelectorAll(".error")) line.remove();
  for (const was of place.querySelectorAll('[name^="was:"]')) {
    const other = fresh.querySelector(`[name="${CSS.escape(was.name)}"]`);
    if (other) was.value = other.value;
  }
  delete place.dataset.seen;
  const keys = panelNow()?.querySelector('[data-part="keys"]'), others = fresh.querySelector('[data-part="keys"]');
  if (keys && others) keys.replaceWith(others);
}

const keysOf = (form) => [...form.querySelectorAll('[data-part="keys"] input')].map((input) => [input.name, input.value]);
const inRow = (row, prefix, name) => row.querySelector(`[name="${CSS.escape(prefix + name)}"]`);

// Saves one field. `undoes`: this takes back a save.
async function saveField(control, isAsked) {
  const row = partOf(control), form = control.form, name = control.name.slice("value:".length);
  const was = inRow(row, "was:", name).value, type = inRow(row, "type:", name).value, value = control.value;
  if (value === was && !isAsked) return clearError(row);
  if (value === was) return;
  const send = (now, before) => () => [...keysOf(form), ...(row.dataset.seen ? [["version", row.dataset.seen]] : []), ["value:" + name, now], ["was:" + name, before], ["type:" + name, type]];
  const fresh = await sendFields("/leads/edit", send(value, was), row, [control]);
  if (!fresh) return;
  const shown = partNamed(row.dataset.part);
  if (!shown) return;
  const label = shown.querySelector(".field-name").textContent;
  saySaved(shown, label, async () => {
    const now = inRow(shown, "was:", name).value;
    const again = partNamed(row.dataset.part);
    if (await sendFields("/leads/edit", send(was, now), again, [])) saySaved(partNamed(row.dataset.part), label);
  });
}
const partNamed = (name) => panelNow()?.querySelector(`[data-part="${CSS.escape(name)}"]`);

async function sendForm(form, submitter) {
  if (submitter?.dataset.asks && !confirm(submitter.dataset.asks)) return;
  const controls = [...form.querySelectorAll("input, select, textarea")];
  const data = [...new FormData(form, submitter), ...(submitter?.dataset.asks ? [["confirmed", "yes"]] : [])];
  const menu = form.closest(".menu");
  const fresh = await sendFields(form.getAttribute("action"), () => data, form, controls);
  if (!fresh || !panelNow()) return;
  if (menu) closeMenus();
  if (fresh.dataset.late) return;
  const undo = fresh.querySelector("[data-undoes]");
  say(form.dataset.undo === "stage" ? `Moved to ${submitter.firstChild.nextSibling.textContent}.` : "Saved.", undo && (async () => {
    if (await sendFields("/leads/undo", () => [...new FormData(undo)], partNamed("said"), [])) say("Taken back.");
  }));
}

document.addEventListener("submit", (event) => {
  const form = event.target, panel = form.closest("#detail");
  if (!panel || form.getAttribute("method") !== "post" || "leaves" in form.dataset) return;
  event.preventDefault();
  if (form.classList.contains("sending") || form.querySelector(".sending")) return;
  if (!("fields" in form.dataset)) return void sendForm(form, event.submitter);
  const at = document.activeElement, row = at.form === form ? partOf(at) : null;
  const isNew = event.submitter?.closest('[data-part="new-field"]') || row?.dataset.part === "new-field";
  if (isNew) return void sendNewField(form);
  if (at.name?.startsWith("value:")) saveField(at, true);
}, true);

async function sendNewField(form) {
  const place = form.querySelector('[data-part="new-field"]');
  const controls = ["new_name", "new_value"].map((name) => form.elements[name]);
  const values = controls.map((control) => [control.name, control.value]);
  if (await sendFields("/leads/edit", () => [...keysOf(form), ...values], place, controls)) say("Saved.");
}

// A menu or a day is saved when it is left or confirmed: the arrow keys pass over other values.
let usesKeys = false;
addEventListener("keydown", (event) => { usesKeys = event.key !== "Enter"; }, true);
for (const kind of ["pointerdown", "mousedown"]) addEventListener(kind, () => { usesKeys = false; }, true);

function leave(control) {
  if (!control.form || !control.closest("#detail")) return;
  if (control.name?.startsWith("value:") && "fields" in control.form.dataset) return void saveField(control);
  if ("chosen" in control.form.dataset && isEdited(control)) control.form.requestSubmit();
}
document.addEventListener("change", (event) => {
  if (!(usesKeys && event.target.matches("select, [type=date]"))) leave(event.target);
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches("#detail select, #detail [type=date]") && isEdited(event.target)) leave(event.target);
});

// ---- Tabs ----

function showTab(name) {
  const panel = panelNow();
  for (const link of panel.querySelectorAll(".lead-tabs a")) {
    const isShown = link.dataset.tab === name;
    link.setAttribute("aria-selected", String(isShown));
    link.tabIndex = isShown ? 0 : -1;
    document.getElementById("tab-" + link.dataset.tab).hidden = !isShown;
  }
}

// Makes tabs of the links, which lead to pages without the script.
function makeTabs(panel) {
  const tabs = panel.querySelector(".lead-tabs");
  const current = tabs.querySelector("[aria-current]").dataset.tab;
  tabs.setAttribute("role", "tablist");
  for (const link of tabs.querySelectorAll("a")) {
    link.setAttribute("role", "tab");
    link.removeAttribute("aria-current");
    link.setAttribute("aria-controls", "tab-" + link.dataset.tab);
    document.getElementById("tab-" + link.dataset.tab).setAttribute("role", "tabpanel");
  }
  showTab(current);
}

function goToTab(name) {
  showTab(name);
  const parameters = new URLSearchParams(location.search);
  parameters.set("tab", name);
  history.replaceState(history.state, "", "/leads?" + parameters);
}

// ---- Opening and closing ----

const covers = matchMedia("(max-width: 1099px)"); // as in lead.css

// What the panel covers takes neither focus nor clicks.
function setCovered() {
  const panel = panelNow();
  for (const one of document.querySelectorAll("[data-covered]")) {
    one.inert = false;
    delete one.dataset.covered;
  }
  if (!panel || !covers.matches) return;
  for (let at = panel; at !== document.body; at = at.parentElement) {
    for (const other of at.parentElement.children) {
      if (other === at || other.inert || other.matches("script, link")) continue;
      other.inert = true;
      other.dataset.covered = "yes";
    }
  }
}
covers.addEventListener("change", setCovered);

const pageTitle = document.title;

function markRow(lead) {
  for (const row of table.querySelectorAll("tr.open")) {
    row.classList.remove("open");
    row.removeAttribute("aria-current");
  }
  const row = lead && rowOf(lead);
  if (row) {
    row.classList.add("open");
    row.setAttribute("aria-current", "true");
  }
  const back = new URLSearchParams(table.dataset.back);
  lead ? back.set("lead", lead) : back.delete("lead");
  table.dataset.back = back.toString();
}

const parametersFor = (lead) => {
  const parameters = new URLSearchParams(location.search);
  parameters.set("lead", lead);
  parameters.delete("done");
  return parameters;
};

const mayLeave = () => !panelNow() || !isBusyNow() || confirm("What you typed for this lead is not saved. Leave it?");
const isBusyNow = () => [...panelNow().querySelectorAll("input, textarea")].some(isEdited);

let opening = "";
async function openLead(lead, { push = false, focuses = true } = {}) {
  if (!mayLeave()) return;
  opening = lead;
  const parameters = parametersFor(lead);
  let fresh = null;
  try {
    fresh = await part("/leads/detail", parameters);
  } catch { /* the page itself says why */ }
  if (opening !== lead) return; // another one was opened meanwhile
  if (!fresh) return void location.assign("/leads?" + parameters);
  const panel = panelNow();
  panel ? panel.replaceWith(fresh) : split.append(fresh);
  split.classList.add("has-detail");
  begin(fresh);
  if (table) markRow(lead);
  document.title = `${fresh.getAttribute("aria-label")} · Leadpulse`;
  push ? history.pushState({ opened: lead }, "", "/leads?" + parameters) : history.replaceState(history.state, "", "/leads?" + parameters);
  if (table) rowOf(lead)?.scrollIntoView({ block: "nearest" });
  if (focuses) fresh.querySelector("h2").focus({ preventScroll: true });
}

function begin(panel) {
  makeTabs(panel);
  fillTags(panel);
  setCovered();
}

// Takes the panel away. The focus goes back to the row.
function closePanel() {
  const panel = panelNow();
  if (!panel) return;
  const lead = panel.dataset.detail;
  panel.remove();
  split.classList.remove("has-detail");
  setCovered();
  document.title = pageTitle;
  if (!table) return;
  markRow("");
  rowOf(lead)?.querySelector("th a").focus();
}

function close() {
  if (!mayLeave()) return;
  if (history.state?.opened) return history.back();
  const parameters = new URLSearchParams(location.search);
  for (const name of ["lead", "tab", "done"]) parameters.delete(name);
  history.replaceState(null, "", "/leads?" + parameters);
  closePanel();
}

addEventListener("popstate", () => {
  if (!split) return;
  const parameters = new URLSearchParams(location.search), lead = parameters.get("lead");
  if (!lead) return closePanel();
  if (panelNow()?.dataset.detail !== lead) openLead(lead);
});

// Opens the contact of the next row, or of one before.
function openNext(step) {
  const rows = [...table.querySelectorAll("tr[data-lead]")];
  const panel = panelNow(), at = panel ? rows.indexOf(rowOf(panel.dataset.detail)) : -1;
  const row = rows[panel || step > 0 ? at + step : -1];
  if (row) return openLead(row.dataset.lead, { push: !panel });
  say(step > 0 ? "This is the last lead on this page." : "This is the first lead on this page.");
}

// Renews the panel after a change of the contact.
async function renewPanel(lead) {
  const fresh = await part("/leads/detail", parametersFor(lead));
  const panel = panelNow();
  if (!fresh) return closePanel();
  if (panel && panel.dataset.version !== fresh.dataset.version) merge(fresh);
}
document.addEventListener("leadpulse:gone", () => {
  if (split && !panelNow()) {
    split.classList.remove("has-detail");
    setCovered();
  }
});

// ---- Clicks and keys ----

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !split) return;
  const row = link.closest("#leads tr[data-lead]"), panel = link.closest("#detail");
  if (row && link.closest("th")) {
    openLead(row.dataset.lead, { push: !panelNow() });
  } else if (panel && "close" in link.dataset) {
    close();
  } else if (panel && "note" in link.dataset) {
    goToTab("overview");
    panel.querySelector("#note-text").focus();
  } else if (panel && link.dataset.tab) {
    closeMenus();
    goToTab(link.dataset.tab);
  } else {
    return;
  }
  event.preventDefault();
});

function onEscape(panel) {
  const menu = panel.querySelector(".menu[open]"), at = document.activeElement;
  if (menu) {
    menu.open = false;
    return menu.querySelector("summary").focus();
  }
  if (!panel.contains(at) || !isEditable(at)) return close();
  if (at.name?.startsWith("value:")) at.value = at.defaultValue;
  at.blur();
  panel.querySelector("h2").focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  const panel = panelNow(), at = event.target;
  if (event.defaultPrevented || event.metaKey || event.altKey) return;
  if (event.ctrlKey) {
    if (event.key === "Enter" && panel?.contains(at) && at.matches("textarea")) at.form.requestSubmit();
    return;
  }
  if (event.key === "Escape" && panel) return onEscape(panel);
  if (at.matches("[role=tab]") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    const tabs = [...at.parentElement.children], step = event.key === "ArrowRight" ? 1 : tabs.length - 1;
    const next = tabs[(tabs.indexOf(at) + step) % tabs.length];
    goToTab(next.dataset.tab);
    return next.focus();
  }
  if (!table || !split || isEditable(at) || at.isContentEditable) return;
  if (event.key === "j") openNext(1);
  if (event.key === "k") openNext(-1);
});

// A click on the link for mails takes it, to be copied.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("#detail .copied")) event.target.select();
});

if (split && panelNow()) begin(panelNow());
