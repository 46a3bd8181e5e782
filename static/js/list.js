// Lists: selection and its bar, moving by keys, the quick view beside the list.
import { $, $$, eachNowAndLater, say, typing } from './dom.js';

const rows = () => $$('.t.list tbody tr:not(.grp)').filter((row) => row.offsetParent !== null);
const current = () => $('.t.list tbody tr.here');

/* ── Selection ── */
function count(table) {
  const boxes = $$('tbody .ck', table);
  const chosen = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest('tr').setAttribute('aria-selected', String(box.checked));
  const all = $('.ckall', table);
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  const bar = $('[data-bulk]');
  if (!bar) return;
  bar.hidden = chosen === 0;
  $('[data-n]', bar).textContent = String(chosen);
}
eachNowAndLater('.t.list', (table) => {
  let last = null;
  table.addEventListener('click', (event) => {
    const box = event.target.closest('tbody .ck');
    if (!box) return;
    if (event.shiftKey && last) {
      const boxes = $$('tbody .ck', table);
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((between) => { between.checked = box.checked; });
    }
    last = box;
  });
  table.addEventListener('change', (event) => {
    if (event.target.matches('.ckall')) $$('tbody .ck', table).forEach((box) => { box.checked = event.target.checked; });
    count(table);
    const bar = $('[data-bulk]');
    if (bar && !bar.hidden) say($('[data-said]', bar)?.textContent.trim() || '');
  });
  count(table);
});
document.addEventListener('click', (event) => {
  if (!event.target.closest?.('[data-unselect]')) return;
  for (const table of $$('.t.list')) {
    $$('.ck, .ckall', table).forEach((box) => { box.checked = false; });
    count(table);
  }
});

/* ── Quick view ── */
const drawer = () => $('.listwrap .drawer');
const isOpen = () => $('.listwrap')?.classList.contains('open');

function peek(row) {
  const url = row?.dataset.peek;
  if (!url || !drawer() || innerWidth <= 640) return false;
  go(row);
  $('.listwrap').classList.add('open');
  window.htmx.ajax('GET', url, { target: drawer(), swap: 'innerHTML' });
  return true;
}
function close() {
  $('.listwrap')?.classList.remove('open');
  current()?.querySelector('a.name')?.focus();
}
document.addEventListener('click', (event) => {
  if (event.target.closest?.('[data-close-drawer]')) { close(); return; }
  const row = event.target.closest?.('.t.list tr[data-peek]');
  if (!row || event.target.closest('a, button, input, label, select') || String(getSelection())) return;
  peek(row);
});

/* ── Keys ── */
function go(row) {
  if (!row) return;
  $$('.t.list tr.here').forEach((other) => other.classList.remove('here'));
  row.classList.add('here');
  row.scrollIntoView({ block: 'nearest' });
  $('.name', row)?.focus({ preventScroll: true });
}
function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (!(isOpen() && peek(next))) go(next);
}
addEventListener('keydown', (event) => {
  if (typing(event) || !$('.t.list')) return;
  if (event.key === 'j' || (event.key === 'ArrowDown' && isOpen())) { event.preventDefault(); step(1); }
  else if (event.key === 'k' || (event.key === 'ArrowUp' && isOpen())) { event.preventDefault(); step(-1); }
  else if (event.key === 'x' && current()) ($('[data-done]', current()) || $('.ck', current()))?.click();
  else if (event.key === 'z' && current()) $('[data-snooze]', current())?.click();
  else if (event.key === 'v') peek(current() || rows()[0]);
  else if (event.key === 'Enter' && isOpen() && document.activeElement === document.body) $('a.name', current())?.click();
  else if (event.key === 'Escape' && isOpen()) close();
});
document.addEventListener('focusin', (event) => {
  const row = event.target.closest?.('.t.list tbody tr:not(.grp)');
  if (row && !row.classList.contains('here')) {
    $$('.t.list tr.here').forEach((other) => other.classList.remove('here'));
    row.classList.add('here');
  }
});
