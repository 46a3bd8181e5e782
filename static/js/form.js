// Forms: errors first, nothing lost, lines by keyboard, type-ahead, file drop.
import { $, $$, eachNowAndLater, say } from './dom.js';

/* ── Errors: the summary takes the focus, its links open the field ── */
eachNowAndLater('.errsum', (summary) => summary.focus());
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('.errsum a[href^="#"]');
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: 'center' });
});

/* ── Unsaved changes: asked before leaving; a draft is kept in this tab ── */
const values = (form) => [...new FormData(form)].filter(([name, value]) => (
  typeof value === 'string' && name !== 'csrfmiddlewaretoken' && $(`[name="${CSS.escape(name)}"]`, form)?.type !== 'password'
));
eachNowAndLater('form[data-save]', (form) => {
  const before = JSON.stringify(values(form));
  const failed = Boolean($('.errsum', form.parentElement));
  let sent = false;
  const dirty = () => !sent && (failed || JSON.stringify(values(form)) !== before);
  form.addEventListener('submit', () => { sent = true; });
  addEventListener('pageshow', (event) => { if (event.persisted) sent = false; });
  addEventListener('beforeunload', (event) => { if (dirty()) event.preventDefault(); });
  if (form.dataset.draft) keepDraft(form, before, failed);
});

function keepDraft(form, before, failed) {
  const key = `ks-draft:${form.dataset.draft}`;
  const version = form.dataset.version || '';
  const store = (draft) => { try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* full or forbidden */ } };
  const stored = () => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };
  let timer = 0;
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => store({ version, at: Date.now(), values: values(form) }), 400);
  });
  form.addEventListener('submit', () => {
    clearTimeout(timer);
    store({ version, at: Date.now(), values: values(form), sent: true });
  });
  const draft = stored();
  // A draft that was sent is done with, unless the record still has the version it was sent for.
  const done = !draft || (draft.sent && (!version || draft.version !== version));
  if (done || failed || JSON.stringify(draft.values) === before) {
    if (done) sessionStorage.removeItem(key);
    return;
  }
  const banner = $('[data-draft-banner]');
  if (!banner) return;
  const at = new Date(draft.at);
  $('[data-at]', banner).textContent = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  banner.hidden = false;
  $('[data-draft-restore]', banner).addEventListener('click', () => { fill(form, draft.values); banner.hidden = true; });
  $('[data-draft-discard]', banner).addEventListener('click', () => { sessionStorage.removeItem(key); banner.hidden = true; });
}

function fill(form, kept) {
  const rows = kept.find(([name]) => name.endsWith('-TOTAL_FORMS'));
  const table = rows && $(`[data-lines="${CSS.escape(rows[0].replace('-TOTAL_FORMS', ''))}"]`, form);
  while (table && Number(total(table).value) < Number(rows[1])) addRow(table, false);
  const names = new Set(kept.map(([name]) => name));
  for (const field of form.elements) {
    if (!field.name || field.type === 'hidden' && field.name.endsWith('_FORMS')) continue;
    const found = kept.filter(([name]) => name === field.name).map(([, value]) => value);
    if (['checkbox', 'radio'].includes(field.type)) field.checked = found.includes(field.value);
    else if (names.has(field.name) && field.name !== 'csrfmiddlewaretoken') [field.value] = found;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }
}

/* ── Lines: a table of rows from a formset ── */
const total = (table) => $(`[name="${CSS.escape(table.dataset.lines)}-TOTAL_FORMS"]`, table.closest('form'));

function addRow(table, focus = true) {
  const place = total(table);
  const index = Number(place.value);
  const holder = document.createElement('tbody');
  holder.innerHTML = $('template[data-row]', table).innerHTML.replaceAll('__prefix__', String(index));
  const row = holder.firstElementChild;
  $('tbody', table).append(row);
  place.value = String(index + 1);
  window.htmx?.process(row);
  document.dispatchEvent(new CustomEvent('htmx:load', { detail: { elt: row } }));
  if (focus) $('.in:not([type="hidden"])', row)?.focus();
  changed(table);
}
function removeRow(table, row) {
  const mark = $('[name$="-DELETE"]', row);
  const next = row.nextElementSibling || row.previousElementSibling;
  if (mark) {
    mark.value = 'on';
    hideIfGone(row);
  } else {
    row.remove();
  }
  ($('.in', next || table) || $('[data-add-row]', table))?.focus();
  changed(table);
}
function hideIfGone(row) {
  row.classList.toggle('gone', $('[name$="-DELETE"]', row)?.value === 'on');
}
const changed = (table) => table.dispatchEvent(new CustomEvent('lines:change', { bubbles: true }));

eachNowAndLater('table[data-lines]', (table) => {
  table.addEventListener('click', (event) => {
    if (event.target.closest('[data-add-row]')) addRow(table);
    const remove = event.target.closest('[data-remove-row]');
    if (remove) removeRow(table, remove.closest('tr'));
  });
  $$('tbody tr', table).forEach(hideIfGone);
  table.addEventListener('change', (event) => {
    const row = event.target.closest('tbody tr');
    if (row) hideIfGone(row);
    changed(table);
  });
  table.addEventListener('keydown', (event) => {
    const row = event.target.closest('tbody tr');
    if (!row) return;
    const shown = $$('tbody tr:not(.gone)', table);
    if (event.key === 'Enter' && !event.target.matches('button, [aria-expanded="true"]')) {
      event.preventDefault();
      if (event.ctrlKey || row === shown.at(-1)) addRow(table);
      else $('.in:not([type="hidden"])', shown[shown.indexOf(row) + 1])?.focus();
    } else if (event.key === 'Backspace' && event.ctrlKey) {
      event.preventDefault();
      removeRow(table, row);
    }
  });
});

/* ── Type-ahead: an input whose answers come from an address, at most twenty at a time ── */
let pickers = 0;
eachNowAndLater('input[data-picker]', (field) => {
  const input = field.type === 'hidden' ? visibleFor(field) : field;
  const box = document.createElement('span');
  box.className = 'picker';
  input.replaceWith(box);
  const list = Object.assign(document.createElement('ul'), { className: 'found', id: `found-${++pickers}`, hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', input.labels?.[0]?.textContent.trim() || input.getAttribute('aria-label') || '');
  box.append(input, list);
  const attributes = { role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  pick(field, input, list);
});

function visibleFor(field) {
  const input = document.createElement('input');
  input.className = 'in';
  input.value = field.value ? field.dataset.text || '' : '';
  input.id = field.id;
  for (const name of ['aria-describedby', 'aria-invalid', 'aria-label', 'placeholder', 'required']) {
    if (field.hasAttribute(name)) input.setAttribute(name, field.getAttribute(name));
  }
  field.removeAttribute('id');
  field.after(input);
  return input;
}

function pick(field, input, list) {
  let timer = 0, asked = 0, results = [], at = -1;
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    if (!open) input.removeAttribute('aria-activedescendant');
  };
  const mark = (index) => {
    at = index;
    [...list.children].forEach((item, place) => item.setAttribute('aria-selected', String(place === at)));
    if (list.children[at]) {
      input.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    }
  };
  const choose = (result) => {
    field.value = result.value;
    if (field !== input) input.value = result.label;
    show(false);
    field.dispatchEvent(new CustomEvent('picked', { bubbles: true, detail: result }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const draw = (answer) => {
    results = answer.results;
    list.replaceChildren(...results.map((result, place) => {
      const item = Object.assign(document.createElement('li'), { id: `${list.id}-${place}`, textContent: result.label });
      item.setAttribute('role', 'option');
      if (result.sub) item.append(Object.assign(document.createElement('small'), { textContent: result.sub }));
      item.addEventListener('mousedown', (event) => { event.preventDefault(); choose(result); });
      return item;
    }));
    if (!results.length && answer.none) {
      list.append(Object.assign(document.createElement('li'), { className: 'none', textContent: answer.none }));
    }
    show(list.children.length > 0);
    mark(results.length ? 0 : -1);
    say(results.length ? results.map((result) => result.label).slice(0, 3).join(', ') : answer.none || '');
  };
  const ask = async () => {
    const mine = ++asked;
    const url = new URL(field.dataset.picker, location.href);
    url.searchParams.set('q', input.value.trim());
    url.searchParams.set('limit', '20');
    const answer = await fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    if (answer.ok && mine === asked && document.activeElement === input) draw(await answer.json());
  };
  input.addEventListener('focus', () => input.select());
  input.addEventListener('input', () => {
    if (field !== input) field.value = '';
    clearTimeout(timer);
    if (!input.value.trim()) { asked += 1; show(false); return; }
    timer = setTimeout(ask, 180);
  });
  input.addEventListener('blur', () => show(false));
  input.addEventListener('keydown', (event) => {
    const open = !list.hidden;
    if (event.key === 'ArrowDown' && !open && input.value.trim()) { event.preventDefault(); ask(); }
    else if (event.key === 'ArrowDown' && open) { event.preventDefault(); mark(Math.min(at + 1, results.length - 1)); }
    else if (event.key === 'ArrowUp' && open) { event.preventDefault(); mark(Math.max(at - 1, 0)); }
    else if ((event.key === 'Enter' || event.key === 'Tab') && open && results[at]) {
      if (event.key === 'Enter') { event.preventDefault(); event.stopPropagation(); }
      choose(results[at]);
    } else if (event.key === 'Escape' && open) { event.stopPropagation(); show(false); }
  });
}

/* ── Files ── */
eachNowAndLater('.drop', (drop) => {
  const input = $('input[type="file"]', drop);
  const name = $('[data-file]', drop);
  const told = () => { if (name && input.files.length) name.textContent = [...input.files].map((file) => file.name).join(', '); };
  input.addEventListener('change', told);
  for (const kind of ['dragenter', 'dragover']) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add('over'); });
  }
  for (const kind of ['dragleave', 'drop']) drop.addEventListener(kind, () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
});

/* ── Conflict: everything of one side ── */
document.addEventListener('click', (event) => {
  const side = event.target.closest?.('[data-take]')?.dataset.take;
  if (side) $$(`.cf input[value="${side}"]`).forEach((radio) => { radio.checked = true; });
});
