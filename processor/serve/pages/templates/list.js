// The table of leads: its rows, their menus and boxes, and a list that changes in place. live.js has the stream.
"use strict";

// ---- A click on a row opens its lead ----

const OWN = "a, button, input, select, label, summary, form, .lead-actions";
document.addEventListener("click", (event) => {
  const row = event.target.closest("#leads tbody tr");
  if (!row || event.target.closest(OWN) || String(getSelection())) return;
  const link = row.querySelector("th a");
  event.ctrlKey || event.metaKey ? open(link.href) : link.click();
});

// ---- The menu of a row ----

function closeActions(focuses) {
  const actions = document.querySelector("#leads .lead-actions");
  if (!actions) return;
  const cell = actions.parentElement;
  actions.remove();
  if (focuses) cell.querySelector("a").focus();
}

async function openActions(link) {
  const wasOpen = link.nextElementSibling;
  closeActions();
  if (wasOpen) return;
  const actions = await part("/leads/actions", [...new URL(link.href).searchParams, ["part", "1"]]).catch(() => null);
  if (!actions) return location.assign(link.href);
  link.after(actions);
  if (actions.getBoundingClientRect().bottom > innerHeight) actions.classList.add("up");
  actions.querySelector("a").focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#leads [data-menu]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    return openActions(link);
  }
  if (!event.target.closest(".lead-actions")) closeActions();
});
document.addEventListener("keydown", (event) => {
  const actions = event.target.closest(".lead-actions");
  if (!actions) return;
  if (event.key === "Escape") return closeActions(true);
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const entries = [...actions.querySelectorAll("a, button, summary, input:not([type=hidden])")].filter((entry) => entry.offsetParent);
  const next = entries.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : entries.length - 1);
  entries[next % entries.length].focus();
});

// ---- A cell is edited in place: by its pencil, or by F2 in its row. live.js sends the form ----

const pencil = make("button", { className: "icon-button pencil", tabIndex: -1, title: "Edit (F2)" });
document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest("#leads td[data-edit]");
  if (!cell || cell.contains(pencil) || cell.querySelector("form")) return;
  const icon = cell.parentElement.querySelector(".acts svg").cloneNode(true), use = icon.firstElementChild;
  use.setAttribute("href", use.getAttribute("href").replace("#more", "#edit"));
  pencil.replaceChildren(icon);
  pencil.ariaLabel = `Edit: ${cell.dataset.label}`;
  cell.append(pencil);
});
pencil.addEventListener("click", () => editCell(pencil.parentElement));

const cellsOf = (row) => [...row.querySelectorAll("[data-edit]")].filter((cell) => cell.offsetParent);
function chooserOf(owner) {
  const chooser = document.querySelector("#bulk [name=agent_id]").cloneNode(true);
  if (![...chooser.options].some((option) => option.value === owner)) chooser.add(new Option(owner, owner));
  for (const option of chooser.options) option.defaultSelected = option.value === owner;
  chooser.hidden = false;
  return chooser;
}

function editCell(cell) {
  const row = cell.parentElement, name = cell.dataset.edit, shown = cell.title, was = cell.dataset.was ?? shown, isOwner = name === "agent";
  const form = make("form", { method: "post", className: "cell" });
  form.setAttribute("action", "/leads/edit");
  form.toggleAttribute("data-auto", isOwner);
  const { form_token, key } = Object.fromEntries(new FormData(document.querySelector("#add form")));
  const fields = { form_token, key, back: listOf(table.dataset.back), lead: row.dataset.lead, version: row.dataset.version || "", action: isOwner ? "agent" : "update",
    ...(!isOwner && { [`was:${name}`]: was, [`type:${name}`]: cell.dataset.type || "text" }) };
  for (const [name, value] of Object.entries(fields)) form.append(make("input", { type: "hidden", name, value }));
  const input = isOwner ? chooserOf(was) : make("input", { name: `value:${name}`, defaultValue: was, placeholder: shown, autocomplete: "off" });
  input.ariaLabel = `${cell.dataset.label} of ${row.querySelector("th a").title}`;
  form.append(input);
  let sent = was; // what is left with this value is not sent
  const close = () => cell.replaceChildren(shown);
  form.addEventListener("submit", (event) => {
    sent = input.value;
    if (sent !== was) return;
    event.preventDefault();
    row.querySelector("th a").focus();
  });
  form.addEventListener("focusout", () => {
    if (isOwner ? keyed !== input && !form.dataset.sent : input.value === was) return form.isConnected && close();
    if (!isOwner && input.value !== sent) form.requestSubmit();
  });
  form.addEventListener("keydown", (event) => {
    const cells = cellsOf(row), next = event.key === "Tab" && cells[cells.indexOf(cell) + (event.shiftKey ? -1 : 1)];
    if (event.key === "Escape") {
      event.stopPropagation();
      keyed = null;
      input.value = was;
      row.querySelector("th a").focus();
    } else if (next && input.value === was) {
      event.preventDefault();
      editCell(next);
    }
  });
  cell.replaceChildren(form);
  isOwner ? input.focus() : input.select();
}
document.addEventListener("keydown", (event) => {
  const row = event.key === "F2" && event.target.closest("#leads tbody tr"), [cell] = row ? cellsOf(row) : [];
  if (cell && !row.querySelector("form.cell")) editCell(cell);
});

// ---- Boxes: all, from here to there, and the bar that they bring ----

let last = null; // the box that was clicked last
const boxes = () => [...document.querySelectorAll("#leads tbody .pick input")];

function showChosen() {
  const bar = document.getElementById("bulk"), all = document.getElementById("all");
  if (!bar || !all) return;
  const chosen = boxes().filter((box) => box.checked).length;
  bar.hidden = chosen === 0;
  all.hidden = false;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && !all.checked;
  document.getElementById("leads").classList.toggle("choosing", chosen > 0);
  document.getElementById("chosen").textContent = `${chosen} selected`;
}
document.addEventListener("click", (event) => {
  const box = event.target.closest("#leads .pick input");
  if (!box) return;
  const all = boxes();
  if (box.id === "all") {
    for (const each of all) each.checked = box.checked;
  } else if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
  showChosen();
});
addEventListener("pageshow", showChosen);
showChosen();

// ---- A list that changes in place: filter, counts, order and pages ----

const listOf = (search) => {
  const parameters = new URLSearchParams(search);
  for (const name of ["lead", "tab", "chip", "field", "or", "done"]) parameters.delete(name);
  return String(parameters);
};
let listed = listOf(location.search);

// Finds in `root` what the focused element is in the list.
function likeFocused(root) {
  const at = document.activeElement;
  if (!at.closest(".list, #counts")) return null;
  const same = (name) => at.getAttribute(name) ? `[${name}="${CSS.escape(at.getAttribute(name))}"]` : "";
  const selector = at.tagName + same("name") + same("value") + same("href");
  return selector === at.tagName ? null : root.querySelector(selector);
}

let newest = 0, going; // the number of the latest change, and its promise

function goTo(address) {
  const mine = ++newest;
  going = replaceList(address, mine).catch(() => mine === newest && location.assign(address));
}
async function replaceList(address, mine) {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== newest) return; // a later one has what this one brings
  const list = page.querySelector(".list");
  if (!list) return location.assign(address);
  const focus = likeFocused(list);
  document.querySelector(".list").replaceWith(list);
  for (const name of ["#counts", ".rail"]) {
    const [old, fresh] = [document, page].map((where) => where.querySelector(name));
    if (old && fresh) old.replaceWith(fresh);
  }
  for (const old of document.querySelectorAll("main > :is(.problem, .done)")) old.remove();
  const problem = page.querySelector("main > .problem");
  if (problem) document.querySelector(".split").before(problem);
  table = document.getElementById("leads");
  before = Number(document.getElementById("found")?.dataset.found);
  history.pushState(null, "", answer.url);
  listed = listOf(location.search);
  for (const chooser of list.querySelectorAll("[data-chooses]")) show(chooser);
  showChosen();
  (focus || list.querySelector("#editor input:not([type=hidden])"))?.focus();
}

const IN_PLACE = ".bar a[href^='/leads?'], .bar a[href='/leads'], #counts a, #leads thead a, .pages a";
// Finds the link in a list that has replaced its own: it leads on from there.
function likeLink(link) {
  const alike = (other) => other.textContent === link.textContent && other.parentElement.className === link.parentElement.className;
  return (!link.isConnected && [...document.querySelectorAll(IN_PLACE)].find(alike)) || link;
}
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !link.matches(IN_PLACE)) return;
  if (document.getElementById("detail")) return; // its address is that of the page
  event.preventDefault();
  event.stopPropagation();
  await going;
  goTo(likeLink(link).href);
});
addEventListener("popstate", () => {
  if (listOf(location.search) !== listed) location.reload();
});

// A value that is chosen applies at once.
function apply(form, stays) {
  const fields = new URLSearchParams(new FormData(form));
  if (stays) fields.set("stays", "1");
  goTo("/leads/filter?" + fields);
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("#editor");
  if (form && (event.target.name === "value" || form.querySelector("[name=value]:checked"))) apply(form, true);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest(".editor");
  if (!form || document.getElementById("detail")) return;
  event.preventDefault();
  apply(form, false);
});
