// Every page: theme, keys, popovers, dialogs, messages, and what htmx answers.
import { $, $$, post, say, typing } from './dom.js';

const root = document.documentElement;

/* Theme: kept in the profile and, for the sign-in page, in this browser. */
function setTheme(theme) {
  root.dataset.bsTheme = theme;
  try { localStorage.setItem('ks-theme', theme); } catch { /* private window: the profile keeps it */ }
  const url = document.body.dataset.themeUrl;
  if (url) post(url, { theme });
  document.dispatchEvent(new CustomEvent('ks:theme'));
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
  if (root.dataset.theme !== 'auto') return;
  root.dataset.bsTheme = event.matches ? 'dark' : 'light';
  document.dispatchEvent(new CustomEvent('ks:theme'));
});

/* Paper is light. */
let screenTheme = '';
addEventListener('beforeprint', () => {
  screenTheme = root.dataset.bsTheme;
  if (screenTheme !== 'dark') return;
  root.dataset.bsTheme = 'light';
  document.dispatchEvent(new CustomEvent('ks:theme'));
});
addEventListener('afterprint', () => {
  if (screenTheme !== 'dark') return;
  root.dataset.bsTheme = screenTheme;
  document.dispatchEvent(new CustomEvent('ks:theme'));
});

/* Popovers stand under their button; on a phone the style sheet makes them bottom sheets. */
function place(popover, button) {
  if (innerWidth <= 640) return;
  const box = button.getBoundingClientRect();
  const left = Math.min(box.left, innerWidth - popover.offsetWidth - 12);
  const top = Math.min(box.bottom + 6, innerHeight - popover.offsetHeight - 12);
  popover.style.setProperty('left', `${Math.max(12, left)}px`);
  popover.style.setProperty('top', `${Math.max(12, top)}px`);
}
document.addEventListener('toggle', (event) => {
  const popover = event.target;
  if (!(popover instanceof HTMLElement) || !popover.matches('.why[popover], .menu[popover]')) return;
  const open = event.newState === 'open';
  for (const button of $$(`[popovertarget="${CSS.escape(popover.id)}"]`)) {
    button.setAttribute('aria-expanded', String(open));
    if (open && button.offsetParent !== null) place(popover, button);
  }
}, true);
addEventListener('scroll', () => $$('.why:popover-open, .menu:popover-open').forEach((popover) => {
  const button = $(`[popovertarget="${CSS.escape(popover.id)}"]`);
  if (button && button.offsetParent !== null) place(popover, button);
}), { passive: true });

/* The bell: the latest messages open under it; without scripts it leads to their list. */
document.addEventListener('click', (event) => {
  const bell = event.target.closest?.('a[data-latest]');
  if (!bell || event.ctrlKey || event.metaKey || event.shiftKey || innerWidth <= 640) return;
  event.preventDefault();
  const box = $('#latest');
  window.htmx.ajax('GET', bell.dataset.latest, { target: box, swap: 'innerHTML' }).then(() => {
    box.showPopover();
    place(box, bell);
    $('a, button', box)?.focus();
  });
});

/* One listener for buttons that act on the page. */
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element && event.target.closest(
    '[data-theme-toggle], [data-open], [data-close], [data-dismiss], [data-print], [aria-disabled="true"]',
  );
  if (!button) return;
  if (button.getAttribute('aria-disabled') === 'true') {
    event.preventDefault();
    event.stopImmediatePropagation();
    const reason = document.getElementById(button.getAttribute('aria-describedby') || '');
    if (reason) say(reason.textContent);
  } else if ('themeToggle' in button.dataset) {
    setTheme(root.dataset.bsTheme === 'dark' ? 'light' : 'dark');
  } else if (button.dataset.open) {
    document.getElementById(button.dataset.open)?.showModal();
  } else if ('close' in button.dataset) {
    button.closest('dialog')?.close();
  } else if ('dismiss' in button.dataset) {
    const list = button.closest('.msgs');
    button.closest('li').remove();
    if (!list.children.length) list.remove();
    $('#main')?.focus();
  } else if ('print' in button.dataset) {
    print();
  }
}, true);

/* Keys: `/` search, `g` and a letter, `?` help, [ ] pages, Ctrl S save. */
let pressedG = 0;
addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
    const form = event.target.closest?.('form[method="post"]') || $('form[data-save]');
    if (form) {
      event.preventDefault();
      form.requestSubmit($('[data-save-button]', form) || undefined);
    }
    return;
  }
  if (typing(event)) return;
  if (Date.now() - pressedG < 900) {
    pressedG = 0;
    const link = $(`.rail a[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      event.stopImmediatePropagation();
      location.href = link.href;
      return;
    }
  }
  if (event.key === 'g') pressedG = Date.now();
  else if (event.key === '/') { event.preventDefault(); $('[data-find]')?.focus(); }
  else if (event.key === '?') $('#keys')?.showModal();
  else if (event.key === '[') $('.pager a[rel="prev"]')?.click();
  else if (event.key === ']') $('.pager a[rel="next"]')?.click();
  else if (/^[a-z]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) $(`button[data-key="${event.key}"]`)?.focus();
}, true);

/* htmx: a session that has ended leads to the sign-in page; a failure says so and gives its number. */
document.addEventListener('htmx:beforeSwap', (event) => {
  const answered = event.detail.xhr.responseURL;
  const signIn = document.body.dataset.signIn;
  if (signIn && answered && new URL(answered).pathname === signIn) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});
function fault(event) {
  const template = $('#fault');
  if (!template || event.detail.elt?.closest('[data-quiet]')) return;
  const note = template.content.firstElementChild.cloneNode(true);
  const id = event.detail.xhr?.getResponseHeader('X-Request-Id');
  $('[data-number]', note).textContent = id || event.detail.xhr?.status || '–';
  let list = $('.msgs');
  if (!list) {
    list = Object.assign(document.createElement('ul'), { className: 'msgs' });
    $('#main').prepend(list);
  }
  list.replaceChildren(note);
}
document.addEventListener('htmx:responseError', fault);
document.addEventListener('htmx:sendError', fault);
